import type { Refusal } from '../core/errors.ts'
import type { RequestHead } from './any-request.ts'
import type { Awaitable } from '../core/store.ts'
import { SESSION_HEADER, type Device } from '../protocol.ts'

/**
 * What Latchkey reads from a request. Each adapter implements it on the framework's own request:
 * converting a Node request to a Web `Request` would cost more than checking its token.
 */
export interface RequestView extends RequestHead {
  /** Without the query. */
  readonly path: string
  /** The part after `?`, not decoded; empty if there is none. */
  readonly query: string
  /**
   * The parsed body, or a refusal if it cannot be read. With `limit`, in bytes, the body stays
   * readable for the route, and one that the framework has parsed is taken whatever its size.
   * Without it the request is for Latchkey, and no body may have more than 16 KiB.
   */
  body(limit?: number): Awaitable<Body>
  /** Network address of the client, if the adapter knows it. */
  readonly address: string | undefined
}

/**
 * The fields of a JSON or form body. A request without a body has none; a field that a form
 * repeats has an array of its values.
 */
export type Body = { ok: true; value: Record<string, unknown> } | Refusal

/** The path of a request target in origin or absolute form (RFC 9112, section 3.2). Not decoded. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  return path.startsWith('/') ? path : path.replace(/^[a-z][a-z\d+.-]*:\/\/[^/]*/i, '') || '/'
}

/** The query of a request target, without `?` and not decoded. */
export function queryOf(target: string): string {
  const query = target.indexOf('?')
  return query === -1 ? '' : target.slice(query + 1)
}

/** In characters; the rest is cut off. */
const MAX_USER_AGENT = 256

/** What a request says about the device that sent it. Shown to the owner, never trusted. */
export function deviceOf(view: RequestView): Device {
  const userAgent = view.header('user-agent')?.slice(0, MAX_USER_AGENT)
  return {
    ...(userAgent !== undefined && { userAgent }),
    ...(view.address !== undefined && { address: view.address }),
  }
}

/**
 * Returns true if the request was made for another session than `sessionId`, the one its cookies
 * belong to. A client names its session in `Latchkey-Session`; without that header the cookies
 * decide alone.
 */
export function isForAnotherSession(view: RequestView, sessionId: string | null): boolean {
  const named = view.header(SESSION_HEADER)
  return named !== undefined && named !== sessionId
}
