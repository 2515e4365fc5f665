import type { TokenAnswer } from '../protocol.ts'
import type { Core } from './core.ts'
import type { Keys } from './record.ts'

/** What came back. No sensible answer at all is status 0 and an empty body, like a network error. */
export interface Reply {
  status: number
  body: TokenAnswer & { error?: unknown; message?: unknown }
  /** Milliseconds; 0 where the server did not say. */
  wait: number
  /** What to keep of the tokens, if that is what came. */
  keys?: Keys | false | undefined
}

type How = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }

export const NO_REPLY: Reply = { status: 0, body: {} as Reply['body'], wait: 0 }

/** Asks one of the sign-in server's own routes, with a key of the session if there is one. Never rejects. */
export async function post({ transport, origin, credentials }: Core, path: string, key: string | null, content: object, more: How): Promise<Reply> {
  try {
    const response = await fetch(origin + path, {
      ...more,
      method: 'POST',
      body: JSON.stringify(content),
      headers: { 'content-type': 'application/json', ...more.headers, ...(key && { [transport.header]: transport.scheme + key }) },
      cache: 'no-store',
      credentials: transport.bearer ? 'omit' : credentials,
      // The page that a hotel's network sends one to is not an answer.
      redirect: 'error',
    })
    const { status, ok, headers } = response
    const body = Object(await response.json().catch(() => null)) as Reply['body']
    const wait = Number(headers.get('retry-after')) * 1000 || 0
    return { status, body, wait, keys: ok && !!body.session_id && Number.isSafeInteger(body.generation) && transport.keys(body) }
  } catch {
    return NO_REPLY
  }
}
