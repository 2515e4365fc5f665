import type { Receipt } from './clock.ts'
import type { Replaced, SignedOut } from './errors.ts'
import { createPost } from './http.ts'
import type { Post, Transport } from './http.ts'
import { checkOrigin, checkPath, refuse } from './options.ts'
import type { ClientOptions } from './options.ts'
import type { Platform } from './platform.ts'
import { send } from './platform-fetch.ts'
import { newAttempt } from './refresh-attempts.ts'
import type { ReadSessionCookie } from './session-cookie.ts'
import { EMPTY_RECORD } from './shared-record.ts'
import type { SharedRecord, Transact } from './shared-record.ts'
import { UNKNOWN } from './state.ts'
import type { Listener, State } from './state.ts'

/** What never changes. */
export interface Config extends Transport {
  readonly name: string
  /** undefined on a server that renders pages. */
  readonly pageOrigin: string | undefined
  /** The exact origins that get the session. */
  readonly origins: readonly string[]
  readonly paths: Required<NonNullable<ClientOptions['paths']>>
  readonly post: Post
  /** The `fetch` that was there when the client was made, and what the client sends with. */
  readonly original: typeof fetch
  readonly send: typeof fetch
  /** In place of the transaction of IndexedDB. */
  readonly transact?: Transact
  readonly newAttempt: () => string
  /** The session of one person: a page, a device, or a process that has a storage of its own. */
  readonly isPersonal: boolean
}

/** `error` is what pending requests reject with: not every runtime has `signal.reason`. */
export interface SessionController extends AbortController {
  error?: SignedOut | Replaced
}

/**
 * The session as this tab holds it. A renewal makes a new object; only `controller` stays as long
 * as the session.
 */
export interface CurrentSession extends SharedRecord, Receipt {
  readonly sessionId: string
  /** Aborted when the session ends or is replaced, with the error for pending requests. */
  readonly controller: SessionController
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
  /** Reads the session cookie; undefined if this page cannot see it. */
  readonly readCookie: ReadSessionCookie | undefined
  /** The server has said which session the cookies hold. Only if this page cannot see the cookie. */
  hasAnswer?: boolean
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
  /** Why the last renewal failed: a Refused, or the cause of an Unreachable. */
  failure?: unknown
}

/**
 * The configuration and the state of one client. Its functions take it as their first argument: one
 * flat object of four parts, because that costs a page the fewest bytes.
 */
export interface Context extends Config, RecordState, SessionState, RefreshState {
  /** Aborted by `dispose`. */
  readonly disposal: AbortController
}

const PATHS = { signIn: '/login', refresh: '/refresh', signOut: '/logout' }

/** Throws a TypeError for invalid options. Has no side effect. */
export function createContext(
  options: ClientOptions,
  transport: Transport,
  platform: Platform,
): Context {
  const { location, document, window } = globalThis as Partial<typeof globalThis>
  const pageOrigin = location?.origin
  const { origin, origins = [], paths: given, name = 'latchkey', ...unknown } = options
  const server = origin ?? pageOrigin ?? ''
  const paths = { ...PATHS, ...given }
  for (const option in unknown) refuse(option, 'an option')
  for (const [option, path] of Object.entries(paths))
    if (option in PATHS) checkPath(path)
    else refuse(option, 'an option')
  for (const each of origins.concat(origin ?? [])) checkOrigin(each)
  const original =
    platform.send ??
    (globalThis as Partial<typeof globalThis>).fetch ??
    refuse('fetch', 'available')
  const sender = platform.send ?? send
  return {
    ...transport,
    name,
    pageOrigin,
    origins: [server, ...origins],
    paths,
    original,
    post: createPost(server, sender, transport),
    newAttempt,
    send: sender,
    ...platform,
    isPersonal: !!(pageOrigin ?? window ?? platform.transact ?? platform.isInMemory),
    readCookie:
      document && server === pageOrigin ? transport.createCookieReader?.(name) : undefined,
    record: EMPTY_RECORD,
    state: UNKNOWN,
    endedSessions: new Set(),
    listeners: new Set(),
    disposal: new AbortController(),
    failures: 0,
    backoffUntil: 0,
  }
}
