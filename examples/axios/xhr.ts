import { create } from 'axios'
import { createClient } from 'latchkey/client'
import { withSession } from 'latchkey/client/axios'
import { API, type Order } from '../pages/api.ts'

export const client = createClient()
const api = withSession(create({ baseURL: API }), client)

export async function order(id: number, signal?: AbortSignal): Promise<Order> {
  const { data } = await api.get<Order>(`/orders/${id}`, signal && { signal })
  return data
}

/** Calls `progress` with the share sent so far, from 0 to 1. */
export async function upload(file: Blob, progress: (share: number) => void): Promise<number> {
  const form = new FormData()
  form.set('file', file)
  const { data } = await api.post<{ bytes: number }>('/files', form, {
    onUploadProgress: ({ loaded, total = loaded }) => progress(loaded / total),
  })
  return data.bytes
}
