import type { Store } from 'latchkey'

/** A store with a number of sessions, and its size according to the database. */
export interface FilledStore {
  store: Store
  /** Bytes on disk: the rows and every index. */
  bytes(): Promise<number>
}

export interface Engine {
  /** Inserts the missing sessions, and opens the store. */
  open(sessions: number): Promise<FilledStore>
  close(): Promise<void>
}
