import { readBody } from '../../src/http/body.ts'
import type { RequestView } from 'latchkey'

export interface RequestParts {
  method?: string
  path?: string
  query?: string
  headers?: Record<string, string>
  /** Sent as it is; an object is sent as JSON. */
  body?: string | object
}

/** A request as an adapter shows it. */
export function request({
  method = 'GET',
  path = '/',
  query = '',
  headers = {},
  body,
}: RequestParts = {}): RequestView {
  const all = new Map(
    Object.entries({
      ...(typeof body === 'object' && { 'content-type': 'application/json' }),
      ...headers,
    }).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const text = typeof body === 'object' ? JSON.stringify(body) : body
  return {
    method,
    path,
    query,
    header: (name) => all.get(name),
    body: () => readBody(text === undefined ? null : bytesOf(text), all.get('content-type')),
    address: undefined,
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
