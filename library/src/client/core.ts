import { NOTHING } from './record.ts'
import type { Kept } from './record.ts'
import type { Receipt } from './clock.ts'
import { readOptions } from './options.ts'
import type { ClientOptions, Settings } from './options.ts'
import { UNKNOWN } from './state.ts'
import type { Listener, State } from './state.ts'
import type { Transport } from './transport.ts'

/** The session as this tab holds it. A renewal makes a new object; what `over` belongs to is the session. */
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

/** Everything that one client knows. */
export interface Core extends Settings {
  readonly transport: Transport
  readonly listeners: Set<Listener>
  state: State
  held?: Held | undefined
  /** Sessions that ended in this tab's life, whatever the disk says yet. */
  readonly gone: Set<string>
  /** The record as this tab saw it last; whether there is storage for it, and whether this tab keeps it to itself. */
  kept: Kept
  opened?: boolean
  alone?: boolean
  /** What this tab does in turn where there are no locks. */
  last: Promise<unknown>
  /** The one renewal that is under way. */
  flight?: Promise<void> | undefined
  failures: number
  /** Until then the sign-in server is left alone. Milliseconds on this tab's clock. */
  quietUntil: number
  timer?: ReturnType<typeof setTimeout>
  /** Where there is none, other tabs find out when they are looked at, or by a 401. */
  channel?: BroadcastChannel | undefined
  readonly disposed: AbortController
}

export const createCore = (options: ClientOptions, transport: Transport): Core => ({
  ...readOptions(options, transport),
  transport,
  listeners: new Set(),
  state: UNKNOWN,
  gone: new Set(),
  kept: NOTHING,
  last: Promise.resolve(),
  failures: 0,
  quietUntil: 0,
  disposed: new AbortController(),
})

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel takes none: it reaches its own origin only
export const tellTabs = ({ channel }: Core, message: Message): void => channel?.postMessage(message)

export const eraseMarker = ({ marked, transport }: Core): unknown => marked && transport.eraseMarker()
