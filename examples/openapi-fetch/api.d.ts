/** What openapi-typescript makes of the description of an API. */
import type { Order } from '../pages/api.ts'

export interface paths {
  '/orders/{id}': {
    get: {
      parameters: { path: { id: number } }
      responses: { 200: { content: { 'application/json': Order } } }
    }
  }
}
