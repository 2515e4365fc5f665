import { createTRPCClient, httpBatchLink } from '@trpc/client'
import { createClient } from 'latchkey/client'
import { API, type Order } from '../pages/api.ts'
import type { AppRouter } from './router.ts'

export const client = createClient()
const api = createTRPCClient<AppRouter>({
  links: [
    httpBatchLink({
      url: `${API}/trpc`,
      fetch: (url, init) => client.fetch(url, init as RequestInit),
    }),
  ],
})

export const order = (id: number, signal?: AbortSignal): Promise<Order> =>
  api.order.query(id, signal && { signal })
