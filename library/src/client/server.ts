import { ATTEMPT_HEADER } from '../protocol.ts'
import type { TokenAnswer } from '../protocol.ts'
import type { Settings } from './options.ts'

/** What came back. No sensible answer at all is status 0 and an empty body, like a network error. */
export interface Reply {
  status: number
  body: Record<string, unknown>
  /** Seconds; 0 where the server did not say. */
  retryAfter: number
}

export type Server = ReturnType<typeof createServer>

/** Talks to the sign-in server's own routes. Nothing here throws. */
export function createServer({ origin, mode, credentials, paths }: Settings) {
  const post = async (path: string, token: string | null, init: RequestInit): Promise<Reply> => {
    const headers = new Headers(init.headers)
    if (token) headers.set('authorization', `Bearer ${token}`)
    try {
      const response = await fetch(origin + path, {
        ...init,
        headers,
        method: 'POST',
        cache: 'no-store',
        credentials,
        // The page that a hotel's network sends one to is not an answer.
        redirect: 'error',
      })
      const body: unknown = await response.json().catch(() => null)
      return {
        status: response.status,
        body: typeof body === 'object' && body !== null ? (body as Reply['body']) : {},
        retryAfter: Math.max(0, Number(response.headers.get('retry-after')) || 0),
      }
    } catch {
      return { status: 0, body: {}, retryAfter: 0 }
    }
  }

  return {
    post,
    /** Given up after so many milliseconds, or when the session is over. */
    refresh: (token: string | null, attempt: string, milliseconds: number, over: AbortSignal): Promise<Reply> => {
      const signal = AbortSignal.any([over, AbortSignal.timeout(milliseconds)])
      return post(paths.refresh, token, { headers: { [ATTEMPT_HEADER]: attempt }, signal })
    },
    /** True once the server knows: it ended the session now, or says that it was over. Outlives the page. */
    signOut: async (token: string): Promise<boolean> => {
      const { status, body } = await post(paths.signOut, token, { keepalive: true, signal: AbortSignal.timeout(5000) })
      return status === 204 || (status === 401 && isText(body.error))
    },
    /** The tokens in an answer, if that is what it is. A registration that signs in answers 201. */
    tokensIn({ status, body }: Reply): TokenAnswer | null {
      const answer = body as Partial<TokenAnswer>
      const named = isText(answer.session_id) && Number.isSafeInteger(answer.generation)
      const tokens = mode === 'cookie' || (isText(answer.access_token) && isText(answer.refresh_token))
      return (status === 200 || status === 201) && named && tokens ? (answer as TokenAnswer) : null
    },
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
