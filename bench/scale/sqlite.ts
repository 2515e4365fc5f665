import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from 'latchkey/stores/sqlite'
import type { Engine } from './engine.ts'
import { sessionToValues } from '../../library/src/stores/sqlite/row.ts'
import { sessionNumber } from './sessions.ts'

export async function openSqlite(folder: string): Promise<Engine> {
  const opened: DatabaseSync[] = []
  return {
    async open(sessions) {
      const file = join(folder, `sessions-${sessions}.db`)
      fill(file, sessions)
      const database = new DatabaseSync(file)
      opened.push(database)
      const store = sqliteStore(database)
      store.migrate()
      return {
        store,
        bytes: async () => (database.exec('PRAGMA wal_checkpoint(TRUNCATE)'), statSync(file).size),
      }
    },
    async close() {
      for (const database of opened) database.close()
    },
  }
}

function fill(file: string, sessions: number): void {
  const database = new DatabaseSync(file)
  sqliteStore(database).migrate()
  database.exec('PRAGMA cache_size = -4000000; PRAGMA synchronous = OFF')
  const { already } = database
    .prepare('SELECT count(*) AS already FROM latchkey_session')
    .get() as { already: number }
  const insert = database.prepare(
    'INSERT INTO latchkey_session VALUES ' +
      `(${'?, '.repeat(sessionToValues(sessionNumber(0)).length)}NULL, NULL, NULL)`,
  )
  database.exec('BEGIN')
  for (let number = already; number < sessions; number++)
    insert.run(...sessionToValues(sessionNumber(number)))
  database.exec('COMMIT')
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}
