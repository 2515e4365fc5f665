import type { Store } from '../core/store.ts'
import { localFeed } from './local-feed.ts'
import type { SqliteDatabase, SqliteStatement, SqliteValue } from './sqlite/database.ts'
import { groupCommit } from './sqlite/group-commit.ts'
import { migrate } from './sqlite/migrate.ts'
import {
  attemptValue,
  bytesOf,
  COLUMNS,
  dayOf,
  deviceValues,
  endValues,
  idOf,
  sessionOf,
  valuesIn,
  valuesOf,
  type Row,
} from './sqlite/row.ts'

export type { SqliteDatabase, SqliteStatement } from './sqlite/database.ts'

export interface SqliteStore extends Store {
  /** Creates the tables and indexes that are missing, and brings older ones to today's shape. Call it once before the first use. */
  migrate(): void
}

/** The most rows that one statement prunes, so that nobody waits long for it. */
const PRUNED_AT_ONCE = 1000
const prune = (which: string) =>
  `DELETE FROM latchkey_session WHERE rowid IN (SELECT rowid FROM latchkey_session WHERE ${which} LIMIT ${PRUNED_AT_ONCE})`
const CURRENT = 'id = ? AND generation = ? AND issued_at = ? AND ended_at IS NULL'
const ROTATION =
  'generation = ?, attempt = ?, used = 0, issued_at = ?, idle_ends_at = ?, user_agent = ?, address = ?'

/** The statements, by verb. A row whose `ended_at` is null lives. No number stands at a parameter: better-sqlite3 takes such for a name. */
const SQL = {
  create:
    'INSERT INTO latchkey_session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)',
  read: `SELECT ${COLUMNS} FROM latchkey_session WHERE id = ?`,
  // SQLite writes the index of a column that is set, changed or not: so the day is set only where it changes.
  rotate: `UPDATE latchkey_session SET ${ROTATION} WHERE idle_end_day = ? AND ${CURRENT}`,
  rotateIntoDay: `UPDATE latchkey_session SET ${ROTATION}, idle_end_day = ? WHERE ${CURRENT}`,
  // Of two that hand out the same generation, the one decided first may write last: it must not make the generation older.
  restart: `UPDATE latchkey_session SET issued_at = max(issued_at, ?), idle_ends_at = max(idle_ends_at, ?), idle_end_day = max(idle_end_day, ?)
            WHERE id = ? AND generation = ? AND ended_at IS NULL`,
  markUsed: 'UPDATE latchkey_session SET used = 1 WHERE id = ? AND generation = ?',
  end: 'UPDATE latchkey_session SET ended_at = ?, end_reason = ?, end_story = ? WHERE id = ? AND ended_at IS NULL',
  endAll: `UPDATE latchkey_session SET ended_at = ?, end_reason = ?, end_story = ?
           WHERE identity = ? AND id IS NOT ? AND ended_at IS NULL RETURNING id`,
  list: `SELECT id, ${COLUMNS} FROM latchkey_session WHERE identity = ? ORDER BY created_at DESC, id`,
  endedSince: 'SELECT id, ended_at FROM latchkey_session WHERE ended_at >= ?',
  pruneEnded: prune('ended_at < ?'),
  pruneIdle: prune('idle_end_day <= ? AND idle_ends_at < ?'),
  once: 'INSERT INTO latchkey_once VALUES (?, ?) ON CONFLICT DO NOTHING',
  forget: 'DELETE FROM latchkey_once WHERE ends_at <= ?',
}
type Statements = Record<keyof typeof SQL, SqliteStatement>

/**
 * Sessions in SQLite, on a connection that the caller opens and closes. It is switched to write-ahead logging: rotations survive a
 * crash of the process, and a sign-in or an end survives a power cut as well, before it is answered.
 */
export function sqliteStore(database: SqliteDatabase): SqliteStore {
  const { announce, subscribe } = localFeed()
  const commit = groupCommit(database)
  let statements: Statements | null = null
  // Prepared at the first use, because `migrate` may come after this function.
  const verbs = () => (statements ??= prepareAll(database))

  function write<T>(
    work: (statements: Statements) => T,
    { durable } = { durable: false },
  ): Promise<T> {
    const statements = verbs()
    return commit(() => work(statements), { durable })
  }
  /** On disk before it is answered. */
  const durably = async <T>(work: (statements: Statements) => T): Promise<T> =>
    write(work, { durable: true })

  return {
    migrate: () => migrate(database, new URL('./schema/sqlite.sql', import.meta.url)),
    async create(session) {
      const values = valuesOf(session)
      await durably(({ create }) => create.run(...values))
    },
    read: (id) => {
      const row = verbs().read.get(bytesOf(id))
      return row === undefined ? null : sessionOf(id, valuesIn(row) as Row)
    },
    async rotate(id, from, next) {
      const written = [
        next.generation,
        attemptValue(next.attempt),
        next.issuedAt,
        next.idleEndsAt,
        ...deviceValues(next.device),
      ]
      const values = [
        ...written,
        dayOf(next.idleEndsAt),
        bytesOf(id),
        from.generation,
        from.issuedAt,
      ]
      return write(
        ({ rotate, rotateIntoDay }) =>
          changed(rotate.run(...values)) || changed(rotateIntoDay.run(...values)),
      )
    },
    extend: async (id, generation, { issuedAt, idleEndsAt }) =>
      write(({ restart }) =>
        changed(restart.run(issuedAt, idleEndsAt, dayOf(idleEndsAt), bytesOf(id), generation)),
      ),
    async markUsed(generations) {
      await Promise.all(
        generations.map(async ({ sessionId, generation }) =>
          write(({ markUsed }) => markUsed.run(bytesOf(sessionId), generation)),
        ),
      )
    },
    async end(id, end) {
      const ended = await durably((statements) =>
        changed(statements.end.run(...endValues(end), bytesOf(id))),
      )
      if (ended) announce({ sessionId: id, at: end.at })
      return ended
    },
    async endAll(identity, except, end) {
      const ended = await durably(
        ({ endAll }) =>
          rowsOf(endAll, ...endValues(end), identity, except && bytesOf(except)) as Array<
            [id: Uint8Array]
          >,
      )
      return ended.map(([id]) => {
        const sessionId = idOf(id)
        announce({ sessionId, at: end.at })
        return sessionId
      })
    },
    list: (identity) =>
      (rowsOf(verbs().list, identity) as Array<[id: Uint8Array, ...Row]>).map(([id, ...row]) =>
        sessionOf(idOf(id), row),
      ),
    endedSince: (since) =>
      (rowsOf(verbs().endedSince, since) as Array<[id: Uint8Array, at: number]>).map(
        ([id, at]) => ({ sessionId: idOf(id), at }),
      ),
    prune: async (before) =>
      (await pruneAll(verbs().pruneEnded, before)) +
      (await pruneAll(verbs().pruneIdle, dayOf(before), before)),
    subscribe,
    claimOnce: async (key, until, now) =>
      write(({ forget, once }) => {
        forget.run(now)
        return changed(once.run(key, until))
      }),
  }
}

/** Statement after statement, and others in between, until nothing is left to prune. */
async function pruneAll(statement: SqliteStatement, ...values: number[]): Promise<number> {
  for (let pruned = 0; ; await turn()) {
    const changes = Number(statement.run(...values).changes)
    pruned += changes
    if (changes < PRUNED_AT_ONCE) return pruned
  }
}

function prepareAll(database: SqliteDatabase): Statements {
  database.exec('PRAGMA synchronous = NORMAL')
  return Object.fromEntries(
    Object.entries(SQL).map(([verb, sql]) => [verb, prepare(database, sql)]),
  ) as Statements
}

function prepare(database: SqliteDatabase, sql: string): SqliteStatement {
  const statement = database.prepare(sql)
  statement.setReturnArrays?.(true)
  return statement
}

const rowsOf = (statement: SqliteStatement, ...values: SqliteValue[]): unknown[][] =>
  statement.all(...values).map(valuesIn)

const changed = ({ changes }: { changes: number | bigint }): boolean => Number(changes) > 0
const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
