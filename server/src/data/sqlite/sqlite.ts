import { closeSync, fchmodSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { createAudit } from '../../sessions/audit.ts'
import { StartError, systemCode } from '../../start-error.ts'
import { sqliteCounters } from '../../accounts/throttle.ts'
import { createUsers } from '../../accounts/users.ts'
import type { Data, DataSource } from '../data.ts'

/** Milliseconds that a statement waits for another program that has the file, such as a backup. */
const BUSY = 2000

/** Opens `latchkey.db` in the data folder, which is there, and makes what is missing. Throws a `StartError`. */
export function openSqlite({ config, now }: DataSource): Data {
  const file = join(config.data, 'latchkey.db')
  try {
    closeToOthers(file)
    const connection = new DatabaseSync(file, { timeout: BUSY, enableForeignKeyConstraints: true })
    const sessions = sqliteStore(connection)
    sessions.migrate()
    connection.exec(readFileSync(new URL('../sqlite.sql', import.meta.url), 'utf8'))
    const users = createUsers(connection)
    return {
      sessions,
      users,
      counters: sqliteCounters(connection),
      audit: createAudit(connection, now),
      keyring: null,
      close: () => connection.close(),
    }
  } catch (error) {
    throw new StartError(
      `The database ${file} cannot be opened (${systemCode(error)}). Check that this user may write to it, and that it is Latchkey's.`,
    )
  }
}

/** Before SQLite writes a byte: its log files take the mode of the database. */
function closeToOthers(file: string): void {
  const descriptor = openSync(file, 'a', 0o600)
  fchmodSync(descriptor, 0o600)
  closeSync(descriptor)
}
