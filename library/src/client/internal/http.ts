import type { TokenResponse } from '../../protocol.ts'
import { timeoutSignal } from './abort.ts'
import type { TokenPair, Tokens } from './shared-record.ts'
import type { ReadSessionCookie } from './session-cookie.ts'

/** How the tokens travel: the only difference between cookie mode and header mode. */
export interface Transport {
  /** Scripts store and send the tokens (header mode). */
  readonly bearer: boolean
  /**
   * The header that a request of the session carries, and what precedes the token or session id in
   * it.
   */
  readonly header: string
  readonly scheme: string
  /** The tokens in a response; undefined if one is missing. */
  readTokens(body: TokenResponse): TokenPair | undefined
  /** Reads the session cookie of a client with this name; header mode has none. */
  readonly createCookieReader?: (name: string) => ReadSessionCookie
}

/**
 * What a route of the sign-in server returned. Without a response: status 0 and an empty body.
 */
export interface AuthResponse {
  status: number
  /** The body is JSON, so it does not come from the login page of a network. */
  isJson?: boolean
  /** The server sends strings. A proxy that responds in its place may send anything. */
  body: TokenResponse & { error?: string | number; message?: string | number }
  /** Milliseconds; 0 if the server did not say. */
  retryAfter: number
  /**
   * The code by which the refresh route says that the session has ended. No other response ends a
   * session.
   */
  endCode?: string | undefined
  /** Why the response is of no use: the error of `fetch`, or an Error with the status. */
  cause?: unknown
  /** What to store, if the response has tokens. */
  tokens?: Tokens | undefined
}

export const NO_RESPONSE: AuthResponse = {
  status: 0,
  body: {} as AuthResponse['body'],
  retryAfter: 0,
}

/**
 * A 401 with one of these codes of the refresh route ends the session: `ENDED_CODES` of the
 * protocol, written shorter, and `token_invalid`, if the server has another secret.
 */
const ENDED = /^(session_|refresh_token_|token_invalid$)/

export type Post = (
  path: string,
  token: string | undefined,
  content: object,
  timeout: number,
  /** The header `Refresh-Attempt`. */
  attempt?: string,
  init?: RequestInit,
) => Promise<AuthResponse>

/**
 * Makes the function that posts JSON to a route of the sign-in server, with a token or session id
 * if there is one, for `timeout` milliseconds at most. It never rejects.
 */
export const createPost =
  (server: string, send: typeof fetch, { bearer, header, scheme, readTokens }: Transport): Post =>
  async (path, token, content, timeout, attempt, init) => {
    try {
      const response = await send(server + path, {
        ...init,
        method: 'POST',
        body: JSON.stringify(content),
        headers: {
          'content-type': 'application/json',
          ...(attempt && { 'refresh-attempt': attempt }),
          ...(token && { [header]: scheme + token }),
        },
        credentials: bearer ? 'omit' : 'include',
        // A redirect, for instance to the login page of a hotel network, is not a response of the
        // server.
        redirect: 'error',
        signal: timeoutSignal(timeout, init?.signal),
      })
      const { status, ok, headers } = response
      const json: unknown = await response.json().catch(() => {})
      const body = Object(json) as AuthResponse['body']
      const { session_id: sessionId, generation, expires_in: expiresIn, error } = body
      const pair = readTokens(body)
      // In cookie mode, a browser without the refresh cookie is signed out, even if the session
      // still exists.
      const endsSession = ENDED.test(`${error}`) || (!bearer && error === 'token_missing')
      return {
        status,
        body,
        isJson: json !== undefined,
        cause: new Error(`${path}: status ${status}`),
        endCode: status === 401 && endsSession ? `${error}` : undefined,
        retryAfter: Number(headers.get('retry-after')) * 1000 || 0,
        tokens:
          ok && sessionId && Number.isSafeInteger(generation) && pair
            ? { ...pair, sessionId, generation, receivedAt: Date.now(), expiresIn }
            : undefined,
      }
    } catch (cause) {
      return { ...NO_RESPONSE, cause }
    }
  }
