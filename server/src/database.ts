import { closeSync, fchmodSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore, type SqliteStore } from 'latchkey/stores/sqlite'
import { StartError, systemCode } from './start-error.ts'

export interface Database {
  connection: DatabaseSync
  /** The sessions, in the same file. */
  sessions: SqliteStore
}

/** Milliseconds that a statement waits for another program that has the file, such as a backup. */
const BUSY = 2000

/** Opens `latchkey.db` in the data folder, which is there, and makes what is missing. Throws a `StartError`. */
export function openDatabase(folder: string): Database {
  const file = join(folder, 'latchkey.db')
  try {
    closeToOthers(file)
    const connection = new DatabaseSync(file, { timeout: BUSY, enableForeignKeyConstraints: true })
    const sessions = sqliteStore(connection)
    sessions.migrate()
    connection.exec(readFileSync(new URL('./schema.sql', import.meta.url), 'utf8'))
    return { connection, sessions }
  } catch (error) {
    throw new StartError(`The database ${file} cannot be opened (${systemCode(error)}). Check that this user may write to it, and that it is Latchkey's.`)
  }
}

/** Before SQLite writes a byte: its log files take the mode of the database. */
function closeToOthers(file: string): void {
  const descriptor = openSync(file, 'a', 0o600)
  fchmodSync(descriptor, 0o600)
  closeSync(descriptor)
}

/** Runs one write that is on disk before it returns; the store of the sessions leaves the connection on the faster level. */
export function durably<T>(connection: DatabaseSync, write: () => T): T {
  connection.exec('PRAGMA synchronous = FULL')
  try {
    return write()
  } finally {
    connection.exec('PRAGMA synchronous = NORMAL')
  }
}

/** True for the errors of a database that is locked, full or broken: nothing was lost, and another try may go well. */
export function isDatabaseError(error: unknown): boolean {
  return ['ERR_SQLITE_ERROR', 'ERR_INVALID_STATE'].includes(systemCode(error))
}
