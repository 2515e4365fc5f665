import type { Refusal } from '../core/errors.ts'
import type { Awaitable } from '../core/store.ts'
import { SESSION_HEADER, type Device } from '../protocol.ts'

/** What we read of a request. Each adapter gives it in place: making a Web Request on Node costs more than the check. */
export interface RequestView {
  readonly method: string
  /** Without query. */
  readonly path: string
  /** What stands behind the `?`, as it was sent; empty where there is none. */
  readonly query: string
  /** `name` in lower case; several headers of one name are joined as HTTP says. */
  header(name: string): string | undefined
  /** The parsed body, or why it cannot be read. */
  body(): Awaitable<Body>
  /** Network address of the client, where the adapter knows it. */
  readonly address: string | undefined
}

/** A body of JSON or a form. Without a body the value is empty. */
export type Body = { ok: true; value: Record<string, unknown> } | Refusal

/** The path of a request target, also of one in absolute form (RFC 9112, section 3.2.2). It is not decoded: no name of ours needs it. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  return path.startsWith('/') ? path : path.replace(/^[a-z][a-z\d+.-]*:\/\/[^/]*/i, '') || '/'
}

export function queryOf(target: string): string {
  const query = target.indexOf('?')
  return query === -1 ? '' : target.slice(query + 1)
}

const MAX_USER_AGENT = 256

/** What a request says of the device that sent it. */
export function deviceOf(view: RequestView): Device {
  const userAgent = view.header('user-agent')?.slice(0, MAX_USER_AGENT)
  return {
    ...(userAgent !== undefined && { userAgent }),
    ...(view.address !== undefined && { address: view.address }),
  }
}

/**
 * Returns true if the request was made for another session than `sessionId`, the one its cookies belong to.
 * A client names its session in `Latchkey-Session`; without that header the cookies decide alone.
 */
export function isForAnotherSession(view: RequestView, sessionId: string | null): boolean {
  const named = view.header(SESSION_HEADER)
  return named !== undefined && named !== sessionId
}
