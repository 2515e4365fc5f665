import type { Attempts } from './attempts.ts'

/** What opens doors: the tokens in header mode. In cookie mode they are elsewhere, and the session's id, which opens none, stands for both. */
export interface Keys {
  /** In header mode here as well: without it every tab would need a refresh of its own, and the one beside it is worth more. */
  access?: string | undefined
  refresh?: string | undefined
}

/** What an answer brings. */
export interface Tokens extends Keys {
  sessionId?: string | undefined
  generation: number
  /** Milliseconds since 1970, by the wall clock: a hint for a tab that was not there, and another number for other tokens. */
  receivedAt: number
  /** Seconds, as the server said. */
  expiresIn: number
}

/** What the tabs of this browser know together. */
export interface Kept extends Attempts, Tokens {
  /** Why there is no session. */
  reason?: string | undefined
  /** Sessions that are over here. Neither a late answer nor a cookie that stayed brings one back. */
  ended: string[]
  /** Sign-outs that the server may not have heard of: what each session's `refresh` was. */
  owed: string[]
}

export const NOTHING: Kept = {
  generation: 0,
  pending: null,
  previous: null,
  receivedAt: 0,
  expiresIn: 0,
  ended: [],
  owed: [],
}

export type Change = (kept: Kept) => Kept

const TABLE = 'record'
const KEY = 0

/**
 * Reads and writes in one transaction, on disk before it answers; `opened` is called when there is storage at all.
 * IndexedDB, not `localStorage`: that one is not consistent between tabs, not even under a lock. Opened each time: a connection can be lost.
 */
export async function transact(name: string, change: Change, opened: () => void): Promise<Kept> {
  const opening = indexedDB.open(name)
  opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE)
  const database = await settled(opening)
  opened()
  const transaction = database.transaction(TABLE, 'readwrite', { durability: 'strict' })
  // That is when the transaction is over.
  database.close()
  const table = transaction.objectStore(TABLE)
  const before: Kept = { ...NOTHING, ...(await settled(table.get(KEY))) }
  const kept = change(before)
  if (kept !== before) table.put(kept, KEY)
  await settled(transaction as unknown as Settling<void>)
  return kept
}

/** A request, or a transaction. */
type Settling<Result> = Pick<IDBRequest<Result>, 'result' | 'error'> & {
  onsuccess?: unknown
  oncomplete?: unknown
  onerror: unknown
  onabort?: unknown
}

const settled = <Result>(target: Settling<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    target.onsuccess = target.oncomplete = () => resolve(target.result)
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- nobody else listens to a request of ours
    target.onerror = target.onabort = () => reject(target.error)
  })
