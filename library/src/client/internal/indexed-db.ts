import { EMPTY_RECORD } from './shared-record.ts'
import type { Change, SharedRecord } from './shared-record.ts'

const TABLE = 'record'
const KEY = 0

/**
 * One transaction. `onOpen` is called if there is storage at all. IndexedDB, because `localStorage`
 * is not consistent between tabs, even under a lock. The database is opened each time, because a
 * connection can be lost.
 */
export async function transact(
  name: string,
  change: Change,
  onOpen: () => void,
): Promise<SharedRecord> {
  const opening = indexedDB.open(name)
  opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE)
  const database = await completed(opening)
  onOpen()
  const transaction = database.transaction(TABLE, 'readwrite', { durability: 'strict' })
  // The database closes after the transaction.
  database.close()
  const table = transaction.objectStore(TABLE)
  const before: SharedRecord = { ...EMPTY_RECORD, ...(await completed(table.get(KEY))) }
  const record = change(before)
  if (record !== before) table.put(record, KEY)
  await completed(transaction as unknown as Operation<void>)
  return record
}

/** A request or a transaction of IndexedDB. */
type Operation<Result> = Pick<IDBRequest<Result>, 'result' | 'error'> & {
  onsuccess?: unknown
  oncomplete?: unknown
  onerror: unknown
  onabort?: unknown
}

const completed = <Result>(operation: Operation<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    operation.onsuccess = operation.oncomplete = () => resolve(operation.result)
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is the only listener
    operation.onerror = operation.onabort = () => reject(operation.error)
  })
