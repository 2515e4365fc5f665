import type { Store } from 'latchkey'

/** A store with a number of sessions, and its size according to the database. */
export interface Filled {
  store: Store
  /** Bytes on disk per session: its row and its share of every index. */
  bytes(): Promise<number>
}

export interface Engine {
  /** Inserts the missing sessions, and opens the store. */
  open(sessions: number): Promise<Filled>
  close(): Promise<void>
}
