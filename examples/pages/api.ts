/** Where the API is: beside the page, unless the page's address says otherwise. */
export const API = new URLSearchParams(location.search).get('api') ?? location.origin

export interface Order {
  id: number
  of: string
}
