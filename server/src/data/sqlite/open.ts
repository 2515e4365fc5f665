import { closeSync, fchmodSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { createAudit } from '../../sessions/audit.ts'
import { StartError, systemCode } from '../../start-error.ts'
import type { Data, DataOptions } from '../data.ts'
import { sqliteEvents } from './audit.ts'
import { sqliteKeyRegistry } from './key-registry.ts'
import { sqliteNotes } from './notes.ts'
import { sqliteProcesses } from './processes.ts'
import { sqliteUsers } from './users.ts'

/** The name of the database in the data folder. */
export const DATABASE_FILE = 'latchkey.db'

/**
 * Milliseconds that a statement waits for another program that locks the file, such as a backup.
 */
const BUSY_TIMEOUT = 2000

/**
 * Opens the database in the data folder, which must exist, and creates missing tables.
 * Throws a `StartError`.
 */
export function openSqlite({ config, now }: DataOptions): Data {
  const file = join(config.data, DATABASE_FILE)
  try {
    createPrivateFile(file)
    const connection = new DatabaseSync(file, {
      timeout: BUSY_TIMEOUT,
      enableForeignKeyConstraints: true,
    })
    const sessions = sqliteStore(connection)
    sessions.migrate()
    connection.exec(readFileSync(new URL('./schema.sql', import.meta.url), 'utf8'))
    return {
      sessions,
      users: sqliteUsers(connection),
      audit: createAudit(sqliteEvents(connection), now),
      keyRegistry: sqliteKeyRegistry(connection),
      notes: sqliteNotes(connection),
      processes: sqliteProcesses(connection),
      copyDatabase: (copy) => void connection.prepare('VACUUM INTO ?').run(copy),
      findDamage: () => findDamage(connection),
      close: () => connection.close(),
    }
  } catch (error) {
    throw new StartError(
      `Cannot open the database ${file} (${systemCode(error)}). Check that this user may write ` +
        'to it and that it is a database of Latchkey.',
    )
  }
}

function findDamage(connection: DatabaseSync): string | null {
  const { quick_check: found } = connection.prepare('PRAGMA quick_check(1)').get() ?? {}
  return found === 'ok' ? null : String(found).replaceAll(/\s+/g, ' ')
}

/**
 * SQLite creates its log files with the mode of the database, so the mode is set before it runs.
 */
function createPrivateFile(file: string): void {
  const descriptor = openSync(file, 'a', 0o600)
  fchmodSync(descriptor, 0o600)
  closeSync(descriptor)
}
