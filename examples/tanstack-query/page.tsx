import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query'
import { createClient } from 'latchkey/client'
import { onEnd, retry } from 'latchkey/client/query'
import { useSession } from 'latchkey/client/react'
import { createRoot } from 'react-dom/client'
import { API, type Order } from '../pages/api.ts'

export const client = createClient()
export const queryClient = new QueryClient({ defaultOptions: { queries: { retry } } })
onEnd(client, () => queryClient.clear())

async function fetchOrder(id: number, signal: AbortSignal): Promise<Order> {
  const response = await client.fetch(`${API}/orders/${id}`, { signal })
  if (!response.ok) throw new Error(`The server responded with ${response.status}.`)
  return response.json() as Promise<Order>
}

function Orders({ ids }: { ids: number[] }) {
  const { status } = useSession(client)
  if (status === 'signed-out') return <a href="/login">Sign in again</a>
  return ids.map((id) => <OrderLine key={id} id={id} />)
}

function OrderLine({ id }: { id: number }) {
  const { data, error } = useQuery({
    queryKey: ['orders', id],
    queryFn: ({ signal }) => fetchOrder(id, signal),
  })
  return <p>{data ? `Order ${data.id} of ${data.of}` : (error?.message ?? 'One moment')}</p>
}

export function mount(root: Element, ids: number[]): () => void {
  const mounted = createRoot(root)
  mounted.render(
    <QueryClientProvider client={queryClient}>
      <Orders ids={ids} />
    </QueryClientProvider>,
  )
  return () => mounted.unmount()
}
