import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore, type SqliteStore } from '../../src/stores/sqlite/store.ts'

/** A connection of its own to a database file. Others that are writing are waited for. */
export function openSqlite(path: string): { database: DatabaseSync; store: SqliteStore } {
  const database = new DatabaseSync(path, { timeout: 10_000 })
  const store = sqliteStore(database)
  store.migrate()
  return { database, store }
}

/** A database file that is gone after the test. */
export function temporaryFile(): { path: string; [Symbol.dispose](): void } {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-sqlite-'))
  return {
    path: join(folder, 'sessions.db'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
