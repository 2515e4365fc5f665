import type { SqliteDatabase } from './database.ts'

/** `durable`: on disk before it is answered, so that a power cut leaves it. The others survive a crash of the process. */
export type Commit = <T>(write: () => T, options: { durable: boolean }) => Promise<T>

interface Waiting {
  durable: boolean
  write(): void
  committed(): void
  failed(cause: unknown): void
}

/**
 * Runs writes that must be committed before they are answered. Those that come in one turn, or while the disk is busy, are committed
 * together: locks are taken, and the disk is waited for, once. One that fails does not undo the others. After a turn with few of them the
 * first does not wait for company.
 */
export function groupCommit(database: SqliteDatabase): Commit {
  let waiting: Waiting[] = []
  /** A commit comes at the end of this turn. */
  let isDue = false
  /** The last one had one call at the most. */
  let isQuiet = true

  function commit(): void {
    const group = waiting
    waiting = []
    isDue = false
    isQuiet = group.length <= 1
    if (group.length === 0) return
    const durable = group.some((call) => call.durable)
    try {
      // A statement alone is a transaction by itself.
      const outcomes =
        group.length > 1 || durable
          ? inTransaction(database, durable, () => writeAll(group))
          : writeAll(group)
      for (const tell of outcomes) tell()
    } catch (cause) {
      for (const { failed } of group) failed(cause)
    }
  }

  return (write, { durable }) =>
    new Promise((resolve, reject) => {
      const isFirst = !isDue
      if (isFirst) setImmediate(commit)
      isDue = true
      if (isFirst && isQuiet && !durable) return resolve(write())
      let result: ReturnType<typeof write>
      waiting.push({
        durable,
        write: () => (result = write()),
        committed: () => resolve(result),
        failed: reject,
      })
    })
}

/** What to tell each of them once it is committed. */
function writeAll(group: readonly Waiting[]): Array<() => void> {
  return group.map(({ write, committed, failed }) => {
    try {
      write()
      return committed
    } catch (cause) {
      return () => failed(cause)
    }
  })
}

function inTransaction<T>(database: SqliteDatabase, durable: boolean, work: () => T): T {
  if (durable) database.exec('PRAGMA synchronous = FULL')
  try {
    // Outside the block that rolls back: where this fails, a transaction that is open is somebody else's.
    database.exec('BEGIN IMMEDIATE')
    return committed(database, work)
  } finally {
    if (durable) database.exec('PRAGMA synchronous = NORMAL')
  }
}

function committed<T>(database: SqliteDatabase, work: () => T): T {
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (cause) {
    rollBack(database)
    throw cause
  }
}

/** After a transaction that SQLite has rolled back itself there is none. */
function rollBack(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // Nothing to undo.
  }
}
