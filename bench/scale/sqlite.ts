import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from 'latchkey/stores/sqlite'
import type { Engine } from './scale.ts'
import { ATTEMPT, CLAIMS, DEVICE, ENDS, NOW, sessionId } from './sessions.ts'

/** Three of four people have one session. */
const identity = (number: number): string => `person ${number - (number % 4 === 0 ? 1 : 0)}`

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
      return { store, bytes: async () => (database.exec('PRAGMA wal_checkpoint(TRUNCATE)'), statSync(file).size) }
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
  const [[already]] = database.prepare('SELECT count(*) FROM latchkey_session').all().map((row) => Object.values(row as object)) as [[number]]
  const insert = database.prepare(`INSERT INTO latchkey_session VALUES (?, ?, 1, '${ATTEMPT}', 0, ${NOW}, ${NOW}, ?, ${ENDS.last}, 1, '${CLAIMS}', '${DEVICE}', NULL, NULL, NULL)`)
  database.exec('BEGIN')
  for (let number = already; number < sessions; number++) insert.run(sessionId(number), identity(number), ENDS.idle - (number % 1000) * 1000)
  database.exec('COMMIT')
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}
