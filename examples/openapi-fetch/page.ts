import { createClient } from 'latchkey/client'
import createApi from 'openapi-fetch'
import { API, type Order } from '../pages/api.ts'
import type { paths } from './api.d.ts'

export const client = createClient()
const api = createApi<paths>({ baseUrl: API, fetch: client.fetch })

export async function order(id: number, signal?: AbortSignal): Promise<Order> {
  const { data, response } = await api.GET('/orders/{id}', {
    params: { path: { id } },
    signal: signal ?? null,
  })
  if (!data) throw new Error(`The server responded with ${response.status}.`)
  return data
}
