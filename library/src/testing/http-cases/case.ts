import type { SessionAuth } from '../../http/auth-types.ts'

/** Test bodies by title. */
export type HttpCases = Record<string, (context: HttpTestContext) => Promise<void>>

export interface HttpTestContext {
  client: TestClient
  auth: SessionAuth
  /** Such as `http://127.0.0.1:49152`. */
  origin: string
  /** Moves the clock of `auth` forward. */
  advanceTime(seconds: number): void
}

export interface TestResponse {
  status: number
  headers: Headers
  /** The JSON of the response; empty without one. Which members there are depends on the route. */
  body: {
    access_token: string
    refresh_token: string
    session_id: string
    ticket: string
    identity?: string | null
    error?: string
    message?: string
    note?: string
    sessions: Array<{ id: string; current: boolean; ended: unknown }>
  }
}

/** Sends a request on a connection of its own. */
export type TestClient = (
  method: string,
  path: string,
  headers?: Record<string, string>,
  body?: string,
) => Promise<TestResponse>

export const JSON_BODY = { 'content-type': 'application/json' }
export const FORM_BODY = { 'content-type': 'application/x-www-form-urlencoded' }
export const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' }
export const CROSS_SITE = { 'sec-fetch-site': 'cross-site' }

/** Bodies of `POST /login` for the two modes. */
export const CREDENTIALS = JSON.stringify({ username: 'ada', password: 'open sesame' })
export const COOKIE_CREDENTIALS = JSON.stringify({
  username: 'ada',
  password: 'open sesame',
  mode: 'cookie',
})

export const ATTEMPT = 'AAAAAAAAAAAAAAAAAAAAAA'
export const SESSION_ID = /^[\w-]{22}$/

export function createTestClient(origin: string): TestClient {
  return async (method, path, headers = {}, body) => {
    const response = await fetch(origin + path, {
      method,
      headers: { ...headers, connection: 'close' },
      ...(body !== undefined && { body }),
    })
    const text = await response.text()
    const isJson =
      text !== '' && (response.headers.get('content-type')?.startsWith('application/json') ?? false)
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : {}) as TestResponse['body'],
    }
  }
}

/** Signs in with `mode: "header"`, and returns the tokens. */
export async function signIn(client: TestClient): Promise<TestResponse['body']> {
  return (await client('POST', '/login', JSON_BODY, CREDENTIALS)).body
}

/** Signs in with `mode: "cookie"`, and returns what a browser sends from then on. */
export async function signInWithCookies(
  client: TestClient,
): Promise<{ cookie: string; sessionId: string }> {
  const response = await client('POST', '/login', JSON_BODY, COOKIE_CREDENTIALS)
  return { cookie: cookieHeader(response), sessionId: response.body.session_id }
}

export const bearer = (token: string): { authorization: string } => ({
  authorization: `Bearer ${token}`,
})

/** The header `Cookie` of a browser that has stored the cookies of this response. */
export const cookieHeader = ({ headers }: TestResponse): string =>
  headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
