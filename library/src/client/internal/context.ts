import type { Receipt } from './clock.ts'
import { createPost } from './http.ts'
import type { Post, Transport } from './http.ts'
import { validateOptions } from './options.ts'
import type { ClientOptions } from './options.ts'
import type { SessionCookie } from './session-cookie.ts'
import { EMPTY_RECORD } from './shared-record.ts'
import type { SharedRecord } from './shared-record.ts'
import { UNKNOWN } from './state.ts'
import type { Listener, State } from './state.ts'

/** What never changes. `sessionCookie` is undefined if this page cannot read it. */
export interface Config extends Omit<Transport, 'sessionCookie'> {
  readonly name: string
  readonly sessionCookie: SessionCookie | undefined
  /** undefined on a server that renders pages. */
  readonly pageOrigin: string | undefined
  /** The exact origins that get the session. */
  readonly origins: readonly string[]
  readonly paths: NonNullable<ClientOptions['paths']>
  readonly post: Post
}

/**
 * The session as this tab holds it. A renewal makes a new object; only `controller` stays as long
 * as the session.
 */
export interface CurrentSession extends SharedRecord, Receipt {
  readonly sessionId: string
  /** Aborted when the session ends or is replaced, with the error for pending requests. */
  readonly controller: AbortController
}

interface RecordState {
  /** The record as this tab last saw it. */
  record: SharedRecord
  /** Storage has worked before. */
  hasStorage?: boolean
  /** Storage failed: this tab keeps the record to itself. */
  isInMemory?: boolean
}

interface SessionState {
  state: State
  current?: CurrentSession | undefined
  /** Sessions that ended while this tab was open, even if the record does not say so yet. */
  readonly endedSessions: Set<string>
  readonly listeners: Set<Listener>
  /** The sign-out in progress that clears the cookies of an ended session. */
  clearing?: Promise<void> | undefined
  /** To the other tabs. Without it they notice changes when they become visible, or from a 401. */
  channel?: BroadcastChannel | undefined
}

interface RefreshState {
  /** The renewal in progress. All callers share it. */
  renewal?: Promise<void> | undefined
  timer?: ReturnType<typeof setTimeout>
  /** Failed renewals in a row. */
  failures: number
  /** No automatic refresh before this time. Milliseconds of this tab's clock. */
  backoffUntil: number
}

/**
 * The configuration and the state of one client. Its functions take it as their first argument: one
 * flat object of four parts, because that costs a page the fewest bytes.
 */
export interface Context extends Config, RecordState, SessionState, RefreshState {
  /** Aborted by `dispose`. */
  readonly disposal: AbortController
}

/** Throws a TypeError for invalid options. Has no side effect. */
export function createContext(options: ClientOptions, transport: Transport): Context {
  const { location, document } = globalThis as Partial<typeof globalThis>
  const pageOrigin = location?.origin
  const { origin, origins = [], paths = {}, name = 'latchkey', ...unknownOptions } = options
  const server = origin || pageOrigin || ''
  const ownOrigins = [server, ...origins]
  validateOptions(unknownOptions, ownOrigins)
  return {
    ...transport,
    name,
    pageOrigin,
    origins: ownOrigins,
    paths,
    post: createPost(server, transport),
    sessionCookie: document && server === pageOrigin ? transport.sessionCookie?.(name) : undefined,
    record: EMPTY_RECORD,
    state: UNKNOWN,
    endedSessions: new Set(),
    listeners: new Set(),
    disposal: new AbortController(),
    failures: 0,
    backoffUntil: 0,
  }
}
