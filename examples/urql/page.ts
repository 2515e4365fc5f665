import { createClient } from 'latchkey/client'
import { cacheExchange, Client, fetchExchange, gql } from 'urql'
import { API, type Order } from '../pages/api.ts'

export const client = createClient()
const graph = new Client({
  url: `${API}/graphql`,
  exchanges: [cacheExchange, fetchExchange],
  fetch: client.fetch,
  preferGetMethod: false,
})

const ORDER = gql<{ order: Order }>`query ($id: Int!) { order(id: $id) { id of } }`

export function order(id: number, signal?: AbortSignal): Promise<Order> {
  return new Promise((resolve, reject) => {
    const { unsubscribe } = graph
      .query(ORDER, { id })
      .subscribe(({ data, error }) => (data ? resolve(data.order) : reject(error!)))
    signal?.addEventListener('abort', () => (unsubscribe(), reject(signal.reason as Error)))
  })
}
