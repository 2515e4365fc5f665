import type { SqliteDatabase } from './database.ts'

/** A durable write survives a power cut. Other writes survive a crash of the process. */
interface WriteOptions {
  durable: boolean
}

interface PendingWrite {
  durable: boolean
  run(): void
  resolve(): void
  reject(cause: unknown): void
}

/**
 * Runs writes, and resolves them once they are committed. Writes of one turn of the event loop, or
 * that arrive while the disk is busy, share a transaction: locks are taken and the disk is synced
 * once. A write that fails does not undo the others.
 *
 * After a turn with at most one write, the first write of the next turn runs at once, unless it
 * must be durable: no other is likely to come.
 */
export class GroupCommit {
  readonly #database: SqliteDatabase
  /** The setting `synchronous` for writes that need not be durable. */
  level: 'NORMAL' | 'FULL' = 'NORMAL'
  #pending: PendingWrite[] = []
  /** A commit is scheduled for the end of this turn. */
  #scheduled = false
  /** The previous turn had at most one write. */
  #idle = true

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  write<T>(work: () => T, { durable }: WriteOptions): Promise<T> {
    return new Promise((resolve, reject) => {
      const isFirst = !this.#scheduled
      if (isFirst) setImmediate(() => this.#commit())
      this.#scheduled = true
      if (isFirst && this.#idle && !durable) return resolve(work())
      let result: T
      this.#pending.push({
        durable,
        run: () => (result = work()),
        resolve: () => resolve(result),
        reject,
      })
    })
  }

  #commit(): void {
    const writes = this.#pending
    this.#pending = []
    this.#scheduled = false
    this.#idle = writes.length <= 1
    if (writes.length === 0) return
    try {
      for (const settle of this.#runAll(writes)) settle()
    } catch (cause) {
      for (const { reject } of writes) reject(cause)
    }
  }

  /** Returns the functions that settle the writes, to be called after the commit. */
  #runAll(writes: readonly PendingWrite[]): Array<() => void> {
    const durable = writes.some((write) => write.durable)
    // A single statement is a transaction by itself.
    if (writes.length === 1 && !durable) return writes.map(runWrite)
    return inTransaction(this.#database, durable && this.level !== 'FULL', () =>
      writes.map(runWrite),
    )
  }
}

function runWrite({ run, resolve, reject }: PendingWrite): () => void {
  try {
    run()
    return resolve
  } catch (cause) {
    return () => reject(cause)
  }
}

function inTransaction<T>(database: SqliteDatabase, durable: boolean, work: () => T): T {
  if (durable) database.exec('PRAGMA synchronous = FULL')
  try {
    // Outside the block that rolls back: if this fails, the open transaction belongs to the
    // application.
    database.exec('BEGIN IMMEDIATE')
    return commitOrRollBack(database, work)
  } finally {
    if (durable) database.exec('PRAGMA synchronous = NORMAL')
  }
}

function commitOrRollBack<T>(database: SqliteDatabase, work: () => T): T {
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (cause) {
    rollBack(database)
    throw cause
  }
}

function rollBack(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // SQLite has already rolled back by itself.
  }
}
