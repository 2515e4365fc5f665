import type { TokenResponse } from '../../protocol.ts'
import type { Receipt } from './clock.ts'
import type { Replaced, SignedOut } from './errors.ts'
import { checkOrigin, checkPath, refuse } from './options.ts'
import type { ClientOptions } from './options.ts'
import type { Platform } from './platform.ts'
import { send } from './platform-fetch.ts'
import { newAttempt } from './refresh-attempts.ts'
import type { CookieValue, ReadSessionCookie } from './session-cookie.ts'
import { EMPTY_RECORD } from './shared-record.ts'
import type { SharedRecord, TokenPair } from './shared-record.ts'
import { UNKNOWN } from './state.ts'
import type { Listener, State } from './state.ts'

/** How the tokens travel: the only difference between cookie mode and header mode. */
export interface Transport {
  /**
   * The header that a request of the session carries, and what precedes the token or session id in
   * it.
   */
  readonly header: string
  readonly scheme: string
  /** The tokens in a response; undefined if one is missing. */
  readTokens(body: TokenResponse): TokenPair | undefined
  /**
   * Cookie mode: what header mode does not need and does not load. In header mode scripts store and
   * send the tokens.
   */
  readonly cookies?: CookieFunctions
}

/** They are documented where they are defined. */
export interface CookieFunctions {
  createReader(name: string): ReadSessionCookie
  update(record: SharedRecord, cookie: CookieValue): SharedRecord
  clear(context: Context, sessionId: string): void
  signOut(context: Context, prefix: string): Promise<void>
}

/** What never changes. */
export interface Config extends Transport, Platform {
  readonly name: string
  /** undefined on a server that renders pages. */
  readonly pageOrigin: string | undefined
  /** The exact origins that get the session. */
  readonly origins: readonly string[]
  readonly paths: Required<NonNullable<ClientOptions['paths']>>
  /** The `fetch` that was there when the client was made, and what the client sends with. */
  readonly original: typeof fetch
  readonly send: typeof fetch
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
  /** Only the server knows which session the cookies hold: this page cannot see the cookie. */
  mustAsk: boolean
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

/** How the tokens travel, and what replaces the globals of a page. */
export type Mode = Transport & Platform

const PATHS = { signIn: '/login', refresh: '/refresh', signOut: '/logout' }

/** Throws a TypeError for invalid options. Has no side effect. */
export function createContext(options: ClientOptions, mode: Mode): Context {
  const globals: Partial<typeof globalThis> = globalThis
  const pageOrigin = globals.location?.origin
  const { origin, origins = [], paths: given, name = 'latchkey', ...unknown } = options
  const server = origin ?? pageOrigin ?? ''
  const paths = { ...PATHS, ...given }
  for (const option in unknown) refuse(option, 'an option')
  for (const option in paths)
    if (option in PATHS) checkPath(paths[option as keyof typeof PATHS])
    else refuse(option, 'an option')
  for (const each of origins.concat(origin ?? [])) checkOrigin(each)
  const readCookie =
    globals.document && server === pageOrigin ? mode.cookies?.createReader(name) : undefined
  return {
    name,
    pageOrigin,
    origins: [server, ...origins],
    paths,
    original: mode.send ?? globals.fetch ?? refuse('fetch', 'available'),
    newAttempt,
    send,
    isPersonal: !!(pageOrigin ?? globals.window),
    ...mode,
    readCookie,
    mustAsk: !!pageOrigin && !!mode.cookies && !readCookie,
    record: EMPTY_RECORD,
    state: UNKNOWN,
    endedSessions: new Set(),
    listeners: new Set(),
    disposal: new AbortController(),
    failures: 0,
    backoffUntil: 0,
  }
}
