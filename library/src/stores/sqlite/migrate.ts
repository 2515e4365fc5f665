import { readFileSync } from 'node:fs'
import type { Session } from '../../core/store.ts'
import type { SqliteDatabase, SqliteValue } from './database.ts'
import { endValues, valuesOf } from './row.ts'

const COPY =
  'INSERT INTO latchkey_session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'

/** A row as version 0.1 kept it: ids and devices as texts. */
interface OldRow {
  id: string
  identity: string
  generation: number
  attempt: string | null
  used: number
  issued_at: number
  created_at: number
  idle_ends_at: number
  ends_at: number
  rotates: number
  claims: string
  device: string
  ended_at: number | null
  end_reason: string | null
  end_story: string | null
}

/** Creates what is missing, and brings a table of version 0.1 to today's shape, all or nothing. Another process that migrates waits. */
export function migrate(database: SqliteDatabase, schema: URL): void {
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('BEGIN IMMEDIATE')
  try {
    const old = isOld(database)
    if (old) {
      for (const index of ['identity', 'ended', 'idle_end'])
        database.exec(`DROP INDEX IF EXISTS latchkey_session_${index}`)
      database.exec('ALTER TABLE latchkey_session RENAME TO latchkey_session_old')
    }
    database.exec(readFileSync(schema, 'utf8'))
    if (old) {
      copy(database)
      database.exec('DROP TABLE latchkey_session_old')
    }
    database.exec('COMMIT')
  } catch (cause) {
    database.exec('ROLLBACK')
    throw cause
  }
}

function isOld(database: SqliteDatabase): boolean {
  const id = database
    .prepare("SELECT type FROM pragma_table_info('latchkey_session') WHERE name = 'id'")
    .get() as { type: string } | undefined
  return id?.type === 'TEXT'
}

/** A thousand at a time, by the order of their ids, so that a large table does not have to fit into memory. */
function copy(database: SqliteDatabase): void {
  const read = database.prepare(
    'SELECT * FROM latchkey_session_old WHERE id > ? ORDER BY id LIMIT 1000',
  )
  const write = database.prepare(COPY)
  for (let last = ''; ;) {
    const rows = read.all(last) as OldRow[]
    for (const row of rows) write.run(...valuesOf(sessionOf(row)), ...endOf(row))
    if (rows.length === 0) return
    last = rows.at(-1)!.id
  }
}

function sessionOf({
  id,
  identity,
  generation,
  attempt,
  used,
  issued_at,
  created_at,
  idle_ends_at,
  ends_at,
  rotates,
  claims,
  device,
}: OldRow): Session {
  const instants = {
    issuedAt: issued_at,
    createdAt: created_at,
    idleEndsAt: idle_ends_at,
    endsAt: ends_at,
  }
  const flags = { used: used === 1, rotates: rotates === 1 }
  return {
    id,
    identity,
    generation,
    attempt,
    ...instants,
    ...flags,
    claims: JSON.parse(claims),
    device: JSON.parse(device),
    end: null,
  }
}

function endOf({ ended_at, end_reason, end_story }: OldRow): SqliteValue[] {
  if (ended_at === null) return [null, null, null]
  return endValues({
    at: ended_at,
    reason: end_reason!,
    details: end_story === null ? null : JSON.parse(end_story),
  })
}
