import type { SqliteDatabase, SqliteStatement } from './database.ts'

/** The columns of a session that are read, in the order of `Row` in row.ts. */
const COLUMNS = `identity, generation, attempt, used, issued_at, created_at, idle_ends_at, ends_at,
  rotates, claims, user_agent, address, ended_at, end_reason, end_details`

/** Rows that one statement deletes at most: it blocks other calls while it runs. */
export const PRUNE_LIMIT = 1000

const prune = (condition: string) =>
  `DELETE FROM latchkey_session WHERE rowid IN
    (SELECT rowid FROM latchkey_session WHERE ${condition} LIMIT ${PRUNE_LIMIT})`

const SET_ROTATION = `generation = ?, attempt = ?, used = 0, issued_at = ?, idle_ends_at = ?,
  user_agent = ?, address = ?`
const IS_CURRENT = 'id = ? AND generation = ? AND issued_at = ? AND ended_at IS NULL'
const SET_END = 'ended_at = ?, end_reason = ?, end_details = ?'

/** Behind a position: created_at, id. The position itself is a row or lies outside of all. */
const list = (state: 'NULL' | 'NOT NULL', behind: '<' | '>', direction: 'ASC' | 'DESC') =>
  `SELECT id, ${COLUMNS} FROM latchkey_session
  WHERE identity = ? AND ended_at IS ${state} AND (created_at, id) ${behind} (?, ?)
  ORDER BY created_at ${direction}, id ${direction} LIMIT ?`

/**
 * A session is live while its `ended_at` is null. Parameters have no numbers, because
 * better-sqlite3 treats numbered ones as named.
 */
const SQL = {
  create: `INSERT INTO latchkey_session
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)`,

  read: `SELECT ${COLUMNS} FROM latchkey_session WHERE id = ?`,

  // SQLite writes the index of every column in SET, changed or not: set the day only if it changes.
  rotate: `UPDATE latchkey_session SET ${SET_ROTATION} WHERE idle_end_day = ? AND ${IS_CURRENT}`,
  rotateAndSetDay: `UPDATE latchkey_session SET ${SET_ROTATION}, idle_end_day = ?
    WHERE ${IS_CURRENT}`,

  // Concurrent calls may arrive out of order: instants never move back.
  extend: `UPDATE latchkey_session SET issued_at = max(issued_at, ?),
      idle_ends_at = max(idle_ends_at, ?), idle_end_day = max(idle_end_day, ?)
    WHERE id = ? AND generation = ? AND ended_at IS NULL`,

  markUsed: 'UPDATE latchkey_session SET used = 1 WHERE id = ? AND generation = ?',

  end: `UPDATE latchkey_session SET ${SET_END} WHERE id = ? AND ended_at IS NULL`,
  endAll: `UPDATE latchkey_session SET ${SET_END}
    WHERE identity = ? AND id IS NOT ? AND ended_at IS NULL RETURNING id`,

  listNewestLive: list('NULL', '<', 'DESC'),
  listOldestLive: list('NULL', '>', 'ASC'),
  listNewestEnded: list('NOT NULL', '<', 'DESC'),
  listOldestEnded: list('NOT NULL', '>', 'ASC'),
  endedSince: 'SELECT id, ended_at FROM latchkey_session WHERE ended_at >= ?',

  pruneEnded: prune('ended_at < ?'),
  pruneIdle: prune('idle_end_day <= ? AND idle_ends_at < ?'),

  claimKey: 'INSERT INTO latchkey_claimed_key VALUES (?, ?) ON CONFLICT DO NOTHING',
  deleteExpiredKeys: 'DELETE FROM latchkey_claimed_key WHERE expires_at <= ?',

  readTries: `SELECT tries, blocked_until, known_until, expires_at FROM latchkey_try
    WHERE key = ?`,
  insertTries: 'INSERT INTO latchkey_try VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  updateTries: `UPDATE latchkey_try
    SET tries = ?, blocked_until = ?, known_until = ?, expires_at = ?
    WHERE key = ? AND tries = ? AND blocked_until = ? AND known_until = ? AND expires_at = ?`,
  replaceTries: 'INSERT OR REPLACE INTO latchkey_try VALUES (?, ?, ?, ?, ?)',
  deleteTries: 'DELETE FROM latchkey_try WHERE key = ?',
  pruneTries: `DELETE FROM latchkey_try WHERE key IN (SELECT key FROM latchkey_try
    WHERE expires_at <= ? ORDER BY expires_at LIMIT ${PRUNE_LIMIT})`,
  pruneSurplusTries: `DELETE FROM latchkey_try WHERE key IN (SELECT key FROM latchkey_try
    ORDER BY expires_at LIMIT min(${PRUNE_LIMIT},
      max(0, (SELECT count(*) FROM latchkey_try) - ?)))`,
}

export type Statements = Record<keyof typeof SQL, SqliteStatement>

export function prepareStatements(database: SqliteDatabase): Statements {
  const statements = Object.entries(SQL).map(([name, sql]) => {
    const statement = database.prepare(sql)
    statement.setReturnArrays?.(true)
    // Whatever the connection is set to.
    statement.setReadBigInts?.(false)
    statement.safeIntegers?.(false)
    return [name, statement]
  })
  return Object.fromEntries(statements)
}
