import type { TokenResponse } from '../../protocol.ts'
import { timeoutSignal } from './abort.ts'
import type { Config, Transport } from './context.ts'
import type { Tokens } from './shared-record.ts'

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

/**
 * Posts JSON to a route of the sign-in server, with a token or session id if there is one, for
 * `timeout` milliseconds at most. `attempt` is the header `Refresh-Attempt`. Never rejects.
 */
export async function post(
  config: Transport & Pick<Config, 'origins' | 'send'>,
  path: string,
  token: string | undefined,
  content: object,
  timeout: number,
  attempt?: string,
  init?: RequestInit,
): Promise<AuthResponse> {
  try {
    const response = await config.send(config.origins[0] + path, {
      ...init,
      method: 'POST',
      body: JSON.stringify(content),
      headers: {
        'content-type': 'application/json',
        ...(attempt && { 'refresh-attempt': attempt }),
        ...(token && { [config.header]: config.scheme + token }),
      },
      credentials: config.cookies ? 'include' : 'omit',
      // A redirect, for instance to the login page of a hotel network, is not a response of the
      // server.
      redirect: 'error',
      signal: timeoutSignal(timeout, init?.signal),
    })
    const { status } = response
    const json: unknown = await response.json().catch(() => {})
    const body = Object(json) as AuthResponse['body']
    const { session_id: sessionId, generation, expires_in: expiresIn, error } = body
    const pair = config.readTokens(body)
    // In cookie mode, a browser without the refresh cookie is signed out, even if the session
    // still exists.
    const endsSession = ENDED.test(`${error}`) || (config.cookies && error === 'token_missing')
    return {
      status,
      body,
      isJson: json !== undefined,
      cause: new Error(`${path}: status ${status}`),
      endCode: status === 401 && endsSession ? `${error}` : undefined,
      retryAfter: Number(response.headers.get('retry-after')) * 1000 || 0,
      tokens:
        response.ok && sessionId && Number.isSafeInteger(generation) && pair
          ? { ...pair, sessionId, generation, receivedAt: Date.now(), expiresIn }
          : undefined,
    }
  } catch (cause) {
    return { ...NO_RESPONSE, cause }
  }
}
