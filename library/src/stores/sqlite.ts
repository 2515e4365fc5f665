import { readFileSync } from 'node:fs'
import type { End, Revocation, Session, Store } from '../core/store.ts'
import { announcer } from './announcer.ts'

/** What we call of a database: `DatabaseSync` of `node:sqlite` has it, and so has better-sqlite3. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}
export interface SqliteStatement {
  run(...values: SqliteValue[]): { changes: number | bigint }
  get(...values: SqliteValue[]): unknown
  all(...values: SqliteValue[]): unknown[]
}
type SqliteValue = string | number | null

export interface SqliteStore extends Store {
  /** Creates the tables and indexes that are missing. Call it once before the first use. */
  migrate(): void
}

/** The statements, by verb. A row whose `ended_at` is null lives. */
const SQL = {
  create: 'INSERT INTO latchkey_session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)',
  read: 'SELECT * FROM latchkey_session WHERE id = ?',
  rotate: `UPDATE latchkey_session SET counter = ?, attempt = ?, used = 0, handed_out_at = ?, idle_ends_at = ?, device = ?
           WHERE id = ? AND counter = ? AND handed_out_at = ? AND ended_at IS NULL`,
  // Of two that hand out the same generation, the one decided first may write last: it must not make the generation older.
  restart: `UPDATE latchkey_session SET handed_out_at = max(handed_out_at, ?), idle_ends_at = max(idle_ends_at, ?)
            WHERE id = ? AND counter = ? AND ended_at IS NULL`,
  markUsed: 'UPDATE latchkey_session SET used = 1 WHERE id = ? AND counter = ?',
  end: 'UPDATE latchkey_session SET ended_at = ?, end_reason = ?, end_story = ? WHERE id = ? AND ended_at IS NULL',
  endAll: `UPDATE latchkey_session SET ended_at = ?, end_reason = ?, end_story = ?
           WHERE identity = ? AND id IS NOT ? AND ended_at IS NULL RETURNING id`,
  list: 'SELECT * FROM latchkey_session WHERE identity = ? ORDER BY created_at DESC, id',
  endedSince: 'SELECT id, ended_at FROM latchkey_session WHERE ended_at >= ?',
  prune: 'DELETE FROM latchkey_session WHERE idle_ends_at < ?1 OR ended_at < ?1',
  once: 'INSERT INTO latchkey_once VALUES (?, ?) ON CONFLICT DO NOTHING',
  forget: 'DELETE FROM latchkey_once WHERE ends_at <= ?',
}

/**
 * Sessions in SQLite, on a connection that the caller opens and closes. It is switched to write-ahead logging: rotations survive a
 * crash of the process, and a sign-in or an end survives a power cut as well, before it is answered.
 */
export function sqliteStore(database: SqliteDatabase): SqliteStore {
  const { announce, subscribe } = announcer()
  let statements: Record<keyof typeof SQL, SqliteStatement> | null = null
  // Prepared at the first use, because `migrate` may come after this function.
  const verbs = () => (statements ??= prepareAll(database))

  function durably<T>(write: (statements: ReturnType<typeof verbs>) => T): T {
    // First, because it sets the pragma too.
    const statements = verbs()
    database.exec('PRAGMA synchronous = FULL')
    try {
      return write(statements)
    } finally {
      database.exec('PRAGMA synchronous = NORMAL')
    }
  }

  return {
    migrate() {
      database.exec('PRAGMA journal_mode = WAL')
      database.exec(readFileSync(new URL('./schema/sqlite.sql', import.meta.url), 'utf8'))
    },
    create: (session) => void durably(({ create }) => create.run(...valuesOf(session))),
    read: (id) => sessionOf(verbs().read.get(id) as Row | undefined),
    rotate: (id, from, next) =>
      changed(verbs().rotate.run(next.counter, next.attempt, next.handedOutAt, next.idleEndsAt, JSON.stringify(next.device), id, from.counter, from.handedOutAt)),
    restart: (id, counter, next) => changed(verbs().restart.run(next.handedOutAt, next.idleEndsAt, id, counter)),
    markUsed: (generations) => generations.forEach(({ sessionId, counter }) => verbs().markUsed.run(sessionId, counter)),
    end(id, end) {
      const ended = durably((statements) => changed(statements.end.run(...endValues(end), id)))
      if (ended) announce({ sessionId: id, at: end.at })
      return ended
    },
    endAll(identity, except, end) {
      const ended = durably((statements) => statements.endAll.all(...endValues(end), identity, except)) as Array<{ id: string }>
      return ended.map(({ id }) => (announce({ sessionId: id, at: end.at }), id))
    },
    list: (identity) => (verbs().list.all(identity) as Row[]).map((row) => sessionOf(row)!),
    endedSince: (at) => (verbs().endedSince.all(at) as Row[]).map((row): Revocation => ({ sessionId: row.id, at: row.ended_at! })),
    prune: (before) => Number(verbs().prune.run(before).changes),
    subscribe,
    once(key, until, now) {
      verbs().forget.run(now)
      return changed(verbs().once.run(key, until))
    },
  }
}

function prepareAll(database: SqliteDatabase): Record<keyof typeof SQL, SqliteStatement> {
  database.exec('PRAGMA synchronous = NORMAL')
  return Object.fromEntries(Object.entries(SQL).map(([verb, sql]) => [verb, database.prepare(sql)])) as Record<keyof typeof SQL, SqliteStatement>
}

interface Row {
  id: string
  identity: string
  counter: number
  attempt: string | null
  used: number
  handed_out_at: number
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

function valuesOf(session: Session): SqliteValue[] {
  const { id, identity, counter, attempt, used, handedOutAt, createdAt, idleEndsAt, endsAt, rotates, claims, device } = session
  const flags = [Number(used), handedOutAt, createdAt, idleEndsAt, endsAt, Number(rotates)]
  return [id, identity, counter, attempt, ...flags, JSON.stringify(claims), JSON.stringify(device)]
}

function sessionOf(row: Row | undefined): Session | null {
  if (row === undefined) return null
  return {
    id: row.id,
    identity: row.identity,
    counter: row.counter,
    attempt: row.attempt,
    used: row.used === 1,
    handedOutAt: row.handed_out_at,
    createdAt: row.created_at,
    idleEndsAt: row.idle_ends_at,
    endsAt: row.ends_at,
    rotates: row.rotates === 1,
    claims: JSON.parse(row.claims),
    device: JSON.parse(row.device),
    end: row.ended_at === null ? null : { at: row.ended_at, reason: row.end_reason!, story: row.end_story === null ? null : JSON.parse(row.end_story) },
  }
}

const endValues = ({ at, reason, story }: End): SqliteValue[] => [at, reason, story && JSON.stringify(story)]
const changed = ({ changes }: { changes: number | bigint }): boolean => Number(changes) > 0
