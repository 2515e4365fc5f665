import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from 'latchkey/stores/sqlite'
// The package does not export the columns of a row.
import { sessionToValues } from '../../library/src/stores/sqlite/row.ts'
import type { Engine } from './engine.ts'
import { numberedSession } from './numbered-session.ts'

/** One file for each number of sessions. */
export async function openSqlite(folder: string): Promise<Engine> {
  const databases: DatabaseSync[] = []
  return {
    async open(sessions) {
      const file = join(folder, `sessions-${sessions}.db`)
      fill(file, sessions)
      const database = new DatabaseSync(file)
      databases.push(database)
      const store = sqliteStore(database)
      store.migrate()
      return {
        store,
        bytes: async () => (database.exec('PRAGMA wal_checkpoint(TRUNCATE)'), statSync(file).size),
      }
    },
    async close() {
      for (const database of databases) database.close()
    },
  }
}

function fill(file: string, sessions: number): void {
  const database = new DatabaseSync(file)
  sqliteStore(database).migrate()
  database.exec('PRAGMA cache_size = -4000000; PRAGMA synchronous = OFF')
  const { existing } = database
    .prepare('SELECT count(*) AS existing FROM latchkey_session')
    .get() as { existing: number }
  const insert = database.prepare(
    'INSERT INTO latchkey_session VALUES ' +
      `(${'?, '.repeat(sessionToValues(numberedSession(0)).length)}NULL, NULL, NULL)`,
  )
  database.exec('BEGIN')
  for (let number = existing; number < sessions; number++)
    insert.run(...sessionToValues(numberedSession(number)))
  database.exec('COMMIT')
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}
