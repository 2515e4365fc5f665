import { readBody } from '../../src/http/body.ts'
import type { RequestView } from 'latchkey'

export interface RequestParts {
  method?: string
  path?: string
  query?: string
  headers?: Record<string, string>
  /** A string is sent as it is, an object as JSON. */
  body?: string | object
}

/** A `RequestView` with these parts. */
export function request({
  method = 'GET',
  path = '/',
  query = '',
  headers = {},
  body,
}: RequestParts = {}): RequestView {
  const fields = new Map(
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
    header: (name) => fields.get(name),
    body: (limit) =>
      readBody(text === undefined ? null : bytesOf(text), fields.get('content-type'), limit),
    address: undefined,
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
