import type { Receipt } from './clock.ts'
import type { MarkerCookie } from './session-cookie.ts'
import { refuseMisuse } from './options.ts'
import type { ClientOptions } from './options.ts'
import { createPost } from './http.ts'
import type { Post } from './http.ts'
import { NOTHING } from './record.ts'
import type { Kept } from './record.ts'
import { UNKNOWN } from './state.ts'
import type { Listener, State } from './state.ts'
import type { Transport } from '../transport.ts'

/** The session as a tab holds it. A renewal makes a new object; what `over` belongs to is the session. */
export interface Held extends Kept, Receipt {
  readonly sessionId: string
  /** Aborted, with the error for whoever waits, when the session is over or replaced. */
  readonly over: AbortController
}

/** What tabs tell one another. A token never travels here: whoever needs one reads the record. */
export type Message =
  /** The record has changed: read it. */
  | { about: 'record' }
  /** A session is over. All that a tab needs to know is in the message, so that it need not wait for the disk. */
  | { about: 'end'; sessionId: string; reason: string }
  /** The sign-in server could not be reached: leave it alone for so many milliseconds. */
  | { about: 'server'; wait: number }

/**
 * Everything that one client knows, in one object that its verbs hand on: the way to a file for each matter that costs a page least bytes.
 * The files import downwards only: `start-client`, `fetch` and `signing`, `renewal`, `exchange`, `look` and `quiet`, `debts` and `session`,
 * `persist` and `tell`, and this one.
 */
export interface Tab extends Transport {
  readonly name: string
  /** The page's origin; none on a server that renders pages. */
  readonly page: string | undefined
  /** The exact origins that get the session. */
  readonly own: readonly string[]
  readonly paths: NonNullable<ClientOptions['paths']>
  readonly post: Post
  /** Where the session's readable cookie can be seen from here. */
  readonly cookie: MarkerCookie | undefined
  readonly listeners: Set<Listener>
  readonly disposed: AbortController
  state: State
  held?: Held | undefined
  /** The record as this tab saw it last; whether there is storage for it, and whether this tab keeps it to itself. */
  kept: Kept
  opened?: boolean
  alone?: boolean
  /** Sessions that ended in this tab's life, whatever the disk says yet. */
  readonly gone: Set<string>
  /** The one renewal that is under way. */
  flight?: Promise<void> | undefined
  failures: number
  /** Until then the sign-in server is left alone. Milliseconds on this tab's clock. */
  quietUntil: number
  timer?: ReturnType<typeof setTimeout>
  /** Sets the timer anew. Handed down from `renewal.ts`, to those that stand below it. */
  readonly schedule: (tab: Tab) => void
  /** Where there is none, other tabs find out when they are looked at, or by a 401. */
  channel?: BroadcastChannel | undefined
}

/** Throws TypeError for options that make no sense. Touches nothing yet. */
export function createTab(
  options: ClientOptions,
  transport: Transport,
  schedule: Tab['schedule'],
): Tab {
  const { location, document } = globalThis as Partial<typeof globalThis>
  const page = location?.origin
  const { origin, origins = [], paths = {}, name = 'latchkey', ...others } = options
  const server = origin || page || ''
  const own = [server, ...origins]
  refuseMisuse(others, own)
  return {
    ...transport,
    name,
    page,
    own,
    paths,
    schedule,
    post: createPost(server, transport),
    cookie: document && server === page ? transport.marker : undefined,
    listeners: new Set(),
    disposed: new AbortController(),
    state: UNKNOWN,
    kept: NOTHING,
    gone: new Set(),
    failures: 0,
    quietUntil: 0,
  }
}
