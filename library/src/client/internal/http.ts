import type { TokenResponse } from '../../protocol.ts'
import type { Tokens } from './record.ts'
import type { Transport } from '../transport.ts'

/** What came back. No sensible answer at all is status 0 and an empty body, like a network error. */
export interface Reply {
  status: number
  /** Our server says strings. Whoever else answers may say anything. */
  body: TokenResponse & { error?: string | number; message?: string | number }
  /** Milliseconds; 0 where the server did not say. */
  wait: number
  /** The code by which our own refresh route says that the session is over for good. Nothing else does. */
  code?: string | undefined
  /** What is to be kept, if that is what came. */
  tokens?: Tokens | undefined
}

type How = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }

export const NO_REPLY: Reply = { status: 0, body: {} as Reply['body'], wait: 0 }

export type Post = (
  path: string,
  key: string | undefined,
  content: object,
  limit: number,
  how?: How,
) => Promise<Reply>

/** Asks one of the sign-in server's own routes, with a key of the session if there is one, for `limit` milliseconds at most. Never rejects. */
export const createPost =
  (server: string, { bearer, header, scheme, ends, keysIn }: Transport): Post =>
  async (path, key, content, limit, how = {}) => {
    const timeout = AbortSignal.timeout(limit)
    try {
      const response = await fetch(server + path, {
        ...how,
        method: 'POST',
        body: JSON.stringify(content),
        headers: {
          'content-type': 'application/json',
          ...how.headers,
          ...(key && { [header]: scheme + key }),
        },
        credentials: bearer ? 'omit' : 'include',
        // The page that a hotel's network sends one to is not an answer.
        redirect: 'error',
        signal: AbortSignal.any([how.signal ?? timeout, timeout]),
      })
      const { status, ok, headers } = response
      const body = (await response.json().catch(() => ({}))) as Reply['body']
      const { session_id: sessionId, generation, expires_in: expiresIn, error } = body
      const keys = keysIn(body)
      return {
        status,
        body,
        code: status === 401 && ends.includes(error as string) ? (error as string) : undefined,
        wait: Number(headers.get('retry-after')) * 1000 || 0,
        tokens:
          ok && sessionId && Number.isSafeInteger(generation) && keys
            ? { ...keys, sessionId, generation, receivedAt: Date.now(), expiresIn }
            : undefined,
      }
    } catch {
      return NO_REPLY
    }
  }
