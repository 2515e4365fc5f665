import { ENDED_CODES } from '../../protocol.ts'
import type { TokenResponse } from '../../protocol.ts'
import type { TokenPair, Tokens } from './shared-record.ts'
import type { SessionCookie } from './session-cookie.ts'

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
  /** Makes the session cookie of a client with this name; header mode has none. */
  readonly sessionCookie?: (name: string) => SessionCookie
}

/**
 * What a route of the sign-in server returned. Without a usable response: status 0 and an empty
 * body.
 */
export interface AuthResponse {
  status: number
  /** The server sends strings. A proxy that responds in its place may send anything. */
  body: TokenResponse & { error?: string | number; message?: string | number }
  /** Milliseconds; 0 if the server did not say. */
  retryAfter: number
  /**
   * The code by which the refresh route says that the session has ended. No other response ends a
   * session.
   */
  endCode?: string | undefined
  /** What to store, if the response has tokens. */
  tokens?: Tokens | undefined
}

export const NO_RESPONSE: AuthResponse = {
  status: 0,
  body: {} as AuthResponse['body'],
  retryAfter: 0,
}

type PostInit = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }

export type Post = (
  path: string,
  token: string | undefined,
  content: object,
  timeout: number,
  init?: PostInit,
) => Promise<AuthResponse>

/**
 * Makes the function that posts JSON to a route of the sign-in server, with a token or session id
 * if there is one, for `timeout` milliseconds at most. It never rejects.
 */
export const createPost =
  (server: string, { bearer, header, scheme, readTokens }: Transport): Post =>
  async (path, token, content, timeout, init = {}) => {
    const timeoutSignal = AbortSignal.timeout(timeout)
    try {
      const response = await fetch(server + path, {
        ...init,
        method: 'POST',
        body: JSON.stringify(content),
        headers: {
          'content-type': 'application/json',
          ...init.headers,
          ...(token && { [header]: scheme + token }),
        },
        credentials: bearer ? 'omit' : 'include',
        // A redirect, for instance to the login page of a hotel network, is not a response of the
        // server.
        redirect: 'error',
        signal: AbortSignal.any([init.signal ?? timeoutSignal, timeoutSignal]),
      })
      const { status, ok, headers } = response
      const body = (await response.json().catch(() => ({}))) as AuthResponse['body']
      const { session_id: sessionId, generation, expires_in: expiresIn, error } = body
      const pair = readTokens(body)
      // In cookie mode, a browser without the refresh cookie is signed out, even if the session
      // still exists.
      const endsSession =
        (ENDED_CODES as readonly unknown[]).includes(error) ||
        (!bearer && error === 'token_missing')
      return {
        status,
        body,
        endCode: status === 401 && endsSession ? (error as string) : undefined,
        retryAfter: Number(headers.get('retry-after')) * 1000 || 0,
        tokens:
          ok && sessionId && Number.isSafeInteger(generation) && pair
            ? { ...pair, sessionId, generation, receivedAt: Date.now(), expiresIn }
            : undefined,
      }
    } catch {
      return NO_RESPONSE
    }
  }
