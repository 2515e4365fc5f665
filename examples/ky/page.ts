import ky from 'ky'
import { createClient } from 'latchkey/client'
import { API, type Order } from '../pages/api.ts'

export const client = createClient()
const api = ky.create({ prefix: API, fetch: client.fetch })

export const order = (id: number, signal?: AbortSignal): Promise<Order> =>
  api.get<Order>(`orders/${id}`, { signal: signal ?? null }).json()
