import type { SqliteDatabase } from './database.ts'
import { rowValues } from './row.ts'
import { SCHEMA } from './schema.ts'

/** Milliseconds that a connection waits for a lock if its application has set nothing. */
const BUSY_TIMEOUT = 5000
/** Milliseconds that switching the journal may take: SQLite itself does not wait there. */
const SWITCH_TIMEOUT = 10_000

/**
 * Sets the connection up and creates what is missing, in one transaction; other processes that
 * migrate at the same time wait.
 */
export function migrate(database: SqliteDatabase): void {
  if (pragma(database, 'busy_timeout') === 0) database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`)
  switchToWal(database)
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec(SCHEMA)
    database.exec('COMMIT')
  } catch (cause) {
    database.exec('ROLLBACK')
    throw cause
  }
}

/** Whether the database has write-ahead logging. A database in memory has none. */
export const hasWal = (database: SqliteDatabase): boolean =>
  pragma(database, 'journal_mode') === 'wal'

/** The value of a setting; a number also on a connection that reads BigInts. */
function pragma(database: SqliteDatabase, name: string): unknown {
  const [value] = rowValues(database.prepare(`PRAGMA ${name}`).get())
  return typeof value === 'bigint' ? Number(value) : value
}

/** Some file systems, of networks and of containers, do not support write-ahead logging. */
function switchToWal(database: SqliteDatabase): void {
  const until = performance.now() + SWITCH_TIMEOUT
  let refusal = ''
  while (!hasWal(database) && refusal === '') {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      break
    } catch (cause) {
      const { message } = cause as Error
      if (!/locked|busy/i.test(message) || performance.now() > until) refusal = `: ${message}`
      else sleep(5 + Math.random() * 20)
    }
  }
  const mode = pragma(database, 'journal_mode')
  if (mode === 'wal' || mode === 'memory') return
  process.emitWarning(
    `sqliteStore: this file system refuses write-ahead logging${refusal}. Sessions are safe, but ` +
      'each refresh waits for the disk, and requests wait for one another. Use a local disk',
    'LatchkeyWarning',
  )
}

/** Blocks, as every call of SQLite does. Only at start, and only while another process migrates. */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}
