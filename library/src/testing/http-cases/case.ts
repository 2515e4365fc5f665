import type { SessionAuth } from '../../http/auth-types.ts'

/** One test for each name. */
export type HttpCases = Record<string, (tools: HttpTools) => Promise<void>>

export interface HttpTools {
  client: Client
  auth: SessionAuth
  /** Such as `http://127.0.0.1:49152`. */
  origin: string
  /** Lets seconds go by. */
  pass(seconds: number): void
}

export interface Answer {
  status: number
  headers: Headers
  // Whatever JSON the app answered: each test says what it must be.
  body: {
    access_token: string
    refresh_token: string
    session_id: string
    ticket: string
    identity?: string | null
    error?: string
    message?: string
    sessions: Array<{ id: string; current: boolean; ended: unknown }>
  }
}

export type Client = (
  method: string,
  path: string,
  headers?: Record<string, string>,
  body?: string,
) => Promise<Answer>

export const JSON_BODY = { 'content-type': 'application/json' }
export const CREDENTIALS = JSON.stringify({ username: 'ada', password: 'open sesame' })
export const IN_COOKIES = JSON.stringify({
  username: 'ada',
  password: 'open sesame',
  mode: 'cookie',
})
export const ATTEMPT = 'AAAAAAAAAAAAAAAAAAAAAA'
export const SESSION_ID = /^[\w-]{22}$/

export function clientOf(origin: string): Client {
  return async (method, path, headers = {}, body) => {
    const response = await fetch(origin + path, {
      method,
      headers: { ...headers, connection: 'close' },
      ...(body !== undefined && { body }),
    })
    const text = await response.text()
    const json =
      text !== '' && (response.headers.get('content-type')?.startsWith('application/json') ?? false)
    return {
      status: response.status,
      headers: response.headers,
      body: (json ? JSON.parse(text) : {}) as Answer['body'],
    }
  }
}

/** Signs in, and answers the header that opens a guarded route. */
export async function bearerOf(client: Client): Promise<{ authorization: string }> {
  const { body } = await client('POST', '/login', JSON_BODY, CREDENTIALS)
  return { authorization: `Bearer ${body.access_token}` }
}
