import type { Receipt } from './clock.ts'
import type { Kept } from './record.ts'

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

/** What is left to do when the lock is given back. No listener is called under it. */
export type Outcome<T = unknown> = () => T
