/** As openapi-typescript generates it from the OpenAPI description of an API. */
import type { Order } from '../pages/api.ts'

export interface paths {
  '/orders/{id}': {
    get: {
      parameters: { path: { id: number } }
      responses: { 200: { content: { 'application/json': Order } } }
    }
  }
}
