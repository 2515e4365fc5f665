import type { Attempts } from './attempts.ts'
import { unless } from './unless.ts'

/**
 * What the tabs of this browser know together. In header mode the access token is here as well: the refresh token beside
 * it is worth more to whoever reads this, and without it every tab would need a refresh of its own. Gone at sign-out.
 */
export interface Kept {
  /** Grows with each sign-in, renewal and sign-out: whoever saw a greater one is looking at something older. */
  version: number
  sessionId: string | null
  /** Why there is no session. */
  reason: string | null
  attempts: Attempts
  /** Header mode only. */
  refreshToken: string | null
  /** Header mode only. */
  accessToken: string | null
  /** Milliseconds since 1970, by the wall clock: a hint for a tab that was not there. */
  receivedAt: number
  /** Seconds, as the server said. */
  expiresIn: number
  /** Sessions that are over here. Neither a late answer nor a cookie that stayed brings one back. */
  ended: string[]
  /** Sign-outs that the server may not have heard of: the refresh token, or '' where it is in a cookie. */
  owed: string[]
}

export const NOTHING: Kept = {
  version: 0,
  sessionId: null,
  reason: null,
  attempts: { generation: 0, pending: null, previous: null },
  refreshToken: null,
  accessToken: null,
  receivedAt: 0,
  expiresIn: 0,
  ended: [],
  owed: [],
}

export type Change = (kept: Kept) => Kept

export interface RecordFile {
  /** What this tab saw last. */
  readonly latest: Kept
  read(): Promise<Kept>
  /**
   * Reads and writes in one transaction, on disk before it answers. Rejects where that could not be done; `anyhow`: then
   * from now on this tab keeps the record to itself, in memory.
   */
  update(change: Change, anyhow?: boolean): Promise<Kept>
  close(): void
}

/** Milliseconds after which storage that does not answer counts as failed. */
const PATIENCE = 3000
const TABLE = 'record'
const KEY = 0

/**
 * IndexedDB, not `localStorage`: that one is not consistent between tabs, not even under a lock. Where there is none, memory.
 * One that opened and fails later is an error instead: a copy in memory would go on with a refresh token that other tabs replace.
 */
export function openRecord(name: string): RecordFile {
  let memory: Kept | null = null
  let latest = NOTHING
  let opened = false
  let opening: Promise<IDBDatabase | null> | null = null

  const open = async (): Promise<IDBDatabase | null> => {
    try {
      const database = await openDatabase(name, close)
      opened = true
      return database
    } catch (error) {
      if (opened) throw error
      memory ??= latest
      return null
    }
  }

  function close(): void {
    void opening?.then((database) => database?.close(), () => {})
    opening = null
  }

  const transact = async (change?: Change): Promise<Kept> => {
    const database = memory ? null : await (opening ??= open())
    if (!memory && database) return (latest = await runTransaction(database, change))
    memory ??= latest
    return (latest = memory = change ? change(memory) : memory)
  }

  // A connection can be lost (storage cleared, the browser's own process restarted); a new one usually works.
  const persist = async (change?: Change, anyhow = false): Promise<Kept> => {
    const again = (): Promise<Kept> => (close(), transact(change))
    try {
      return await unless(AbortSignal.timeout(PATIENCE), transact(change).catch(again))
    } catch (error) {
      close()
      if (!anyhow) throw error
      memory ??= latest
      return transact(change)
    }
  }

  return {
    get latest() {
      return latest
    },
    read: () => persist(),
    update: persist,
    close,
  }
}

function openDatabase(name: string, onLost: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1)
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore(TABLE))
    request.addEventListener('error', () => reject(request.error as Error))
    request.addEventListener('success', () => {
      for (const lost of ['close', 'versionchange']) request.result.addEventListener(lost, onLost)
      resolve(request.result)
    })
  })
}

function runTransaction(database: IDBDatabase, change?: Change): Promise<Kept> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(TABLE, change ? 'readwrite' : 'readonly', { durability: 'strict' })
    const table = transaction.objectStore(TABLE)
    const request = table.get(KEY)
    let kept = NOTHING
    request.addEventListener('success', () => {
      const before: Kept = { ...NOTHING, ...request.result }
      kept = change ? change(before) : before
      if (kept !== before) table.put(kept, KEY)
    })
    transaction.addEventListener('complete', () => resolve(kept))
    transaction.addEventListener('abort', () => reject(transaction.error as Error))
  })
}
