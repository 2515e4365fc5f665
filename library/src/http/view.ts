import type { Refusal } from '../core/errors.ts'
import type { Awaitable } from '../core/store.ts'
import type { Device } from '../protocol.ts'

/** What we read of a request. Each adapter gives it in place: making a Web Request on Node costs more than the check. */
export interface RequestView {
  readonly method: string
  /** Without query. */
  readonly path: string
  /** `name` in lower case; several headers of one name are joined as HTTP says. */
  header(name: string): string | undefined
  /** The parsed body, or why it cannot be read. */
  body(): Awaitable<Body>
  /** Network address of the client, where the adapter knows it. */
  readonly address: string | undefined
}

/** A body of JSON or a form. Without a body the value is empty. */
export type Body = { ok: true; value: Record<string, unknown> } | Refusal

/** An answer before a framework has it. */
export interface Reply {
  status: number
  headers: ReadonlyArray<readonly [name: string, value: string]>
  /** Sent as JSON; absent for an answer without a body. */
  body?: unknown
}

const MAX_USER_AGENT = 256

/** What a request says of the device that sent it. */
export function deviceOf(view: RequestView): Device {
  const userAgent = view.header('user-agent')?.slice(0, MAX_USER_AGENT)
  return { ...(userAgent !== undefined && { userAgent }), ...(view.address !== undefined && { address: view.address }) }
}
