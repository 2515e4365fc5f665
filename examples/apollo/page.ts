import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { createClient } from 'latchkey/client'
import { onEnd } from 'latchkey/client/query'
import { API, type Order } from '../pages/api.ts'

export const client = createClient()
const graph = new ApolloClient({
  link: new HttpLink({ uri: `${API}/graphql`, fetch: client.fetch }),
  cache: new InMemoryCache(),
})
onEnd(client, () => graph.cache.reset())

const ORDER = gql`query ($id: Int!) { order(id: $id) { id of } }`

export async function order(id: number, signal?: AbortSignal): Promise<Order> {
  const { data } = await graph.query<{ order: Order }>({
    query: ORDER,
    variables: { id },
    context: { fetchOptions: { signal } },
  })
  return data!.order
}
