import type { Attempts } from './attempts.ts'
import type { Core } from './core.ts'
import { unless } from './unless.ts'

/** What opens doors: the tokens in header mode. In cookie mode they are elsewhere, and the session's id, which opens none, stands for both. */
export interface Keys {
  /** In header mode here as well: without it every tab would need a refresh of its own, and the one beside it is worth more. */
  access: string | null
  refresh: string | null
}

/** What the tabs of this browser know together. */
export interface Kept extends Attempts, Keys {
  sessionId: string | null
  /** Why there is no session. */
  reason: string | null
  /** Milliseconds since 1970, by the wall clock: a hint for a tab that was not there, and another number for other tokens. */
  receivedAt: number
  /** Seconds, as the server said. */
  expiresIn: number
  /** Sessions that are over here. Neither a late answer nor a cookie that stayed brings one back. */
  ended: string[]
  /** Sign-outs that the server may not have heard of: what each session's `refresh` was. */
  owed: string[]
}

export const NOTHING: Kept = {
  sessionId: null,
  reason: null,
  generation: 0,
  pending: null,
  previous: null,
  access: null,
  refresh: null,
  receivedAt: 0,
  expiresIn: 0,
  ended: [],
  owed: [],
}

export type Change = (kept: Kept) => Kept

/** Milliseconds after which storage that does not answer counts as failed. */
const PATIENCE = 3000
const TABLE = 'record'
const KEY = 0

const asItIs: Change = (kept) => kept

/**
 * Reads and writes in one transaction, on disk before it answers. Rejects where that could not be done; `anyhow`: then from now on this
 * tab keeps the record to itself, in memory, as it does where there is no storage at all.
 * Cookie mode can go on so, the tokens are elsewhere. In header mode a copy would go on with a refresh token that other tabs replace.
 */
export async function persist(core: Core, change = asItIs, anyhow = !core.transport.bearer): Promise<Kept> {
  try {
    if (!core.alone) return (core.kept = await unless(AbortSignal.timeout(PATIENCE), transact(core, change)))
  } catch (error) {
    if (core.opened && !anyhow) throw error
    core.alone = true
  }
  return (core.kept = change(core.kept))
}

/** IndexedDB, not `localStorage`: that one is not consistent between tabs, not even under a lock. Opened each time: a connection can be lost. */
async function transact(core: Core, change: Change): Promise<Kept> {
  const opening = indexedDB.open(core.name)
  opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(TABLE))
  const database = await settled(opening, 'success', 'error')
  core.opened = true
  try {
    const transaction = database.transaction(TABLE, 'readwrite', { durability: 'strict' })
    const table = transaction.objectStore(TABLE)
    const before: Kept = { ...NOTHING, ...(await settled(table.get(KEY), 'success', 'error')) }
    const kept = change(before)
    if (kept !== before) table.put(kept, KEY)
    await settled(transaction as unknown as IDBRequest<void>, 'complete', 'abort')
    return kept
  } finally {
    database.close()
  }
}

function settled<Result>(target: IDBRequest<Result>, good: string, bad: string): Promise<Result> {
  return new Promise((resolve, reject) => {
    target.addEventListener(good, () => resolve(target.result))
    target.addEventListener(bad, () => reject(target.error as Error))
  })
}
