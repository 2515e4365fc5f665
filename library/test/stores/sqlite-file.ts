import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore, type SqliteStore } from '../../src/stores/sqlite/store.ts'

/** Opens a database file with a connection of its own, which waits for locks of others. */
export function openSqlite(path: string): { database: DatabaseSync; store: SqliteStore } {
  const database = new DatabaseSync(path, { timeout: 10_000 })
  const store = sqliteStore(database)
  store.migrate()
  return { database, store }
}

/** The path of a database file that is deleted when the object is disposed. */
export function temporaryFile(): { path: string; [Symbol.dispose](): void } {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-sqlite-'))
  return {
    path: join(folder, 'sessions.db'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
