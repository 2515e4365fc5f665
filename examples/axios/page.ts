import { create } from 'axios'
import { createClient } from 'latchkey/client'
import { API, type Order } from '../pages/api.ts'

export const client = createClient()
const api = create({ baseURL: API, adapter: 'fetch', env: { fetch: client.fetch } })

export async function order(id: number, signal?: AbortSignal): Promise<Order> {
  const { data } = await api.get<Order>(`/orders/${id}`, signal && { signal })
  return data
}
