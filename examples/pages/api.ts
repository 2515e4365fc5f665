/** Origin of the API: the query parameter `api` if the page has one, otherwise the page's own. */
export const API = new URLSearchParams(location.search).get('api') ?? location.origin

export interface Order {
  id: number
  of: string
}
