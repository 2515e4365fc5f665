import type { SqliteDatabase } from './database.ts'

interface Waiting {
  write(): void
  committed(): void
  failed(cause: unknown): void
}

/**
 * Runs writes that must be on disk before they are answered. Those that come in one turn, or while the disk is busy, are committed
 * together: the disk is waited for once. One that fails does not undo the others.
 */
export function groupCommit(database: SqliteDatabase): <T>(write: () => T) => Promise<T> {
  let waiting: Waiting[] = []

  function commit(): void {
    const group = waiting
    waiting = []
    const outcomes: Array<() => void> = []
    try {
      database.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE')
      for (const { write, committed, failed } of group) {
        try {
          write()
          outcomes.push(committed)
        } catch (cause) {
          outcomes.push(() => failed(cause))
        }
      }
      database.exec('COMMIT')
      for (const tell of outcomes) tell()
    } catch (cause) {
      rollBack(database)
      for (const { failed } of group) failed(cause)
    } finally {
      database.exec('PRAGMA synchronous = NORMAL')
    }
  }

  return async (write) =>
    new Promise((resolve, reject) => {
      let result: ReturnType<typeof write>
      const call: Waiting = { write: () => (result = write()), committed: () => resolve(result), failed: reject }
      if (waiting.push(call) === 1) setImmediate(commit)
    })
}

/** After a transaction that did not begin, or that SQLite has rolled back itself, there is none. */
function rollBack(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // Nothing to undo.
  }
}
