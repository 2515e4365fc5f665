import { createHash } from 'node:crypto'
import { inSchema, TABLES } from './schema.ts'

const END_COLUMNS = { ended_at: 'bigint', end_reason: 'text', end_details: 'text' }
const COLUMN_TYPES = {
  id: 'text',
  identity: 'text',
  generation: 'bigint',
  attempt: 'text',
  used: 'boolean',
  issued_at: 'bigint',
  created_at: 'bigint',
  idle_ends_at: 'bigint',
  ends_at: 'bigint',
  rotates: 'boolean',
  claims: 'text',
  device: 'text',
  ...END_COLUMNS,
}
const COLUMNS = Object.keys(COLUMN_TYPES).join(', ')

/**
 * The channel on which ended sessions are published. PostgreSQL delivers a message at the commit.
 */
export const CHANNEL = 'latchkey_ended'
const NOTIFY = `pg_notify('${CHANNEL}', session.id || ' ' || session.ended_at)`

/** Rows that one statement deletes at most, so that it does not hold its locks for long. */
export const PRUNE_LIMIT = 1000

/** Waits for the disk at the commit, even on a connection with `synchronous_commit = off`. */
const SYNC_COMMIT = `set_config('synchronous_commit',
  CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
  ELSE current_setting('synchronous_commit') END, true)`

/**
 * The input of a statement about many sessions as a table: one array per column, and the row number
 * `n` from 1. Arrays are sent as text, which every client and pooler passes on unchanged.
 *
 * `OFFSET 0` hides the length of the arrays from the planner, which would otherwise make a new plan
 * for each length.
 */
function inputTable(columns: Record<string, string>, more = ''): string {
  const arrays = Object.entries(columns).map(
    ([name, type], index) => `$${index + 1}::text::${type}[] AS ${name}`,
  )
  const rows = Object.keys(columns).map((name) => `unnest(${name}) AS ${name}`)
  return `(SELECT ${rows.join(', ')}, generate_subscripts(id, 1) AS n
    FROM (SELECT ${arrays.join(', ')}${more} OFFSET 0) AS arrays) AS input`
}

/**
 * Milliseconds that a statement about many sessions waits for a row that another transaction has
 * locked. The others of its batch must not wait for much longer.
 */
const LOCK_WAIT = 1000

/** The limit ends with the statement. */
const SET_LOCK_TIMEOUT = `set_config('lock_timeout', '${LOCK_WAIT}', true) AS lock_timeout`

/** The same as `inputTable`, for sessions that are locked. */
const lockedInput = (columns: Record<string, string>): string =>
  inputTable(columns, `, ${SET_LOCK_TIMEOUT}`)

const ANY_ID = 'ANY ((SELECT $1::text::text[])::text[])'

/**
 * Joins the input to live sessions. The planner assumes a thousand rows of input. It therefore
 * reads the input in its order and looks up each row among the sessions found, and as all
 * statements have the same order they cannot deadlock. The ids are repeated as `ANY_ID` because for
 * a thousand rows it would otherwise scan the whole table.
 */
const JOIN_INPUT = `session.id = ${ANY_ID} AND session.id = input.id AND session.ended_at IS NULL`

/** By the hash first, which is in the indexes of lists. */
const OF_IDENTITY = 'hashtextextended(identity, 0) = hashtextextended($1, 0) AND identity = $1'

/** Behind the position $2 (created_at), $3 (id). */
const list = (state: 'NULL' | 'NOT NULL', behind: '<' | '>', direction: 'ASC' | 'DESC') =>
  `SELECT ${COLUMNS} FROM latchkey_session
  WHERE ${OF_IDENTITY} AND ended_at IS ${state} AND (created_at, id) ${behind} ($2::bigint, $3)
  ORDER BY created_at ${direction}, id ${direction} LIMIT $4::bigint`

const setEnd = (source: string) =>
  `ended_at = ${source}.ended_at, end_reason = ${source}.end_reason,
    end_details = ${source}.end_details`

const prune = (condition: string) =>
  `DELETE FROM latchkey_session WHERE id IN
    (SELECT id FROM latchkey_session WHERE ${condition} LIMIT ${PRUNE_LIMIT} FOR UPDATE SKIP LOCKED)
  RETURNING id`

/** `delayAfter` of core/tries.ts in SQL; the parameters are those of `takeTry`. */
const delayAfter = (tries: string) => `CASE WHEN ${tries} >= $6::bigint THEN $7::bigint
  WHEN ${tries} < $3::bigint THEN 0
  ELSE least($4::bigint * 2 ^ least(${tries} - $3::bigint, 40), $5::bigint)::bigint END`

const pruneTries = (which: string, limit: string) =>
  `DELETE FROM latchkey_try WHERE key IN
    (SELECT key FROM latchkey_try ${which} LIMIT ${limit} FOR UPDATE SKIP LOCKED)
  RETURNING key`

/** Null for a table that is not there. */
const TABLE_IDS = Object.keys(TABLES)
  .map((table) => `to_regclass('${table}')`)
  .join(', ')

const ROTATION_INPUT = {
  id: 'text',
  from_generation: 'bigint',
  from_issued_at: 'bigint',
  generation: 'bigint',
  attempt: 'text',
  issued_at: 'bigint',
  idle_ends_at: 'bigint',
  device: 'text',
}

/**
 * A session is live while its `ended_at` is null. Statements that change many sessions return the
 * row numbers `n` of the input rows that they applied.
 */
export const SQL = {
  create: `INSERT INTO latchkey_session (${COLUMNS})
    SELECT ${COLUMNS} FROM ${inputTable(COLUMN_TYPES)}
    ON CONFLICT (id) DO NOTHING RETURNING id, ${SYNC_COMMIT}`,

  read: `SELECT ${COLUMNS} FROM latchkey_session WHERE id = ${ANY_ID}`,

  rotate: `UPDATE latchkey_session AS session SET generation = input.generation,
      attempt = input.attempt, used = false, issued_at = input.issued_at,
      idle_ends_at = input.idle_ends_at, device = input.device
    FROM ${lockedInput(ROTATION_INPUT)}
    WHERE ${JOIN_INPUT} AND session.generation = input.from_generation
      AND session.issued_at = input.from_issued_at
    RETURNING input.n`,

  // Concurrent calls may arrive out of order: instants never move back.
  extend: `UPDATE latchkey_session SET issued_at = greatest(issued_at, $3::bigint),
      idle_ends_at = greatest(idle_ends_at, $4::bigint)
    FROM (SELECT ${SET_LOCK_TIMEOUT} OFFSET 0) AS limits
    WHERE id = $1 AND generation = $2::bigint AND ended_at IS NULL RETURNING id`,

  markUsed: `UPDATE latchkey_session AS session SET used = true
    FROM ${lockedInput({ id: 'text', generation: 'bigint' })}
    WHERE ${JOIN_INPUT} AND session.generation = input.generation AND NOT session.used
    RETURNING input.n`,

  end: `UPDATE latchkey_session AS session SET ${setEnd('input')}
    FROM ${lockedInput({ id: 'text', ...END_COLUMNS })}
    WHERE ${JOIN_INPUT} RETURNING input.n, ${NOTIFY}, ${SYNC_COMMIT}`,

  // Locks rows in the order in which the statements about many sessions do. Those that others have
  // locked are returned with `false`.
  endAll: `WITH live AS MATERIALIZED (
      SELECT id FROM latchkey_session
      WHERE ${OF_IDENTITY} AND id IS DISTINCT FROM $2 AND ended_at IS NULL),
    locked AS MATERIALIZED (
      SELECT id FROM latchkey_session
      WHERE ${OF_IDENTITY} AND id IS DISTINCT FROM $2 AND ended_at IS NULL
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED),
    input AS (SELECT $3::bigint AS ended_at, $4::text AS end_reason, $5::text AS end_details),
    ended AS (
      UPDATE latchkey_session AS session SET ${setEnd('input')} FROM locked, input
      WHERE session.id = locked.id AND session.ended_at IS NULL
      RETURNING session.id, ${NOTIFY}, ${SYNC_COMMIT})
    SELECT id, true FROM ended
    UNION ALL SELECT id, false FROM live WHERE id NOT IN (SELECT id FROM locked)`,

  /** The ids among $1 of rows that another transaction has locked. */
  locked: `WITH free AS MATERIALIZED (
      SELECT id FROM latchkey_session WHERE id = ${ANY_ID} FOR NO KEY UPDATE SKIP LOCKED)
    SELECT id FROM latchkey_session WHERE id = ${ANY_ID} AND id NOT IN (SELECT id FROM free)`,

  listNewestLive: list('NULL', '<', 'DESC'),
  listOldestLive: list('NULL', '>', 'ASC'),
  listNewestEnded: list('NOT NULL', '<', 'DESC'),
  listOldestEnded: list('NOT NULL', '>', 'ASC'),
  endedSince: 'SELECT id, ended_at FROM latchkey_session WHERE ended_at >= $1::bigint',

  pruneEnded: prune('ended_at < $1::bigint'),
  pruneIdle: prune('idle_end_day <= $1::bigint / 86400000 AND idle_ends_at < $1::bigint'),

  claimKey: `INSERT INTO latchkey_claimed_key VALUES ($1, $2::bigint)
    ON CONFLICT DO NOTHING RETURNING key`,
  deleteExpiredKeys: `DELETE FROM latchkey_claimed_key WHERE key IN
    (SELECT key FROM latchkey_claimed_key WHERE expires_at <= $1::bigint
     LIMIT ${PRUNE_LIMIT} FOR UPDATE SKIP LOCKED)`,

  /**
   * `afterTry` of core/tries.ts in one statement. $1 key, $2 now, then the rule: $3 free, $4 first
   * delay, $5 longest delay, $6 limit, $7 forget after. Returns no row if the counter is blocked.
   */
  takeTry: `INSERT INTO latchkey_try AS counter
    VALUES ($1, 1, $2::bigint + ${delayAfter('1')}, 0, $2::bigint + $7::bigint)
    ON CONFLICT (key) DO UPDATE SET (tries, blocked_until, known_until, expires_at) = (
      SELECT n, $2::bigint + ${delayAfter('n')}, known,
        greatest($2::bigint + $7::bigint, known)
      FROM (SELECT
        CASE WHEN counter.expires_at <= $2::bigint THEN 1 ELSE counter.tries + 1 END AS n,
        CASE WHEN counter.expires_at <= $2::bigint THEN 0 ELSE counter.known_until END AS known
      ) AS counted)
    WHERE counter.blocked_until <= $2::bigint OR counter.expires_at <= $2::bigint
    RETURNING tries, blocked_until, known_until`,
  readTries: 'SELECT tries, blocked_until, known_until FROM latchkey_try WHERE key = $1',
  giveBackTries: `UPDATE latchkey_try SET tries = greatest(tries - $2::bigint, 0),
      blocked_until = CASE WHEN blocked_until = $3::bigint THEN 0 ELSE blocked_until END
    WHERE key = $1`,
  clearTries: 'DELETE FROM latchkey_try WHERE key = $1',
  markKnown: `INSERT INTO latchkey_try VALUES ($1, 0, 0, $2::bigint, $2::bigint)
    ON CONFLICT (key) DO UPDATE SET tries = 0, blocked_until = 0, known_until = $2::bigint,
      expires_at = $2::bigint`,
  pruneTries: pruneTries('WHERE expires_at <= $1::bigint ORDER BY expires_at', `${PRUNE_LIMIT}`),
  pruneSurplusTries: pruneTries(
    'ORDER BY expires_at',
    `least(${PRUNE_LIMIT},
      greatest(0, (SELECT count(*) FROM latchkey_try) - $1::bigint))`,
  ),

  notify: 'SELECT pg_notify($1, $2)',
  settings: `SELECT current_setting('fsync'), current_setting('array_nulls'),
    extract(epoch FROM clock_timestamp()) * 1000`,
  /** The columns, as table.column, and the indexes of the tables. */
  schemaParts: `SELECT relation.relname || '.' || attname FROM pg_attribute
      JOIN pg_class AS relation ON relation.oid = attrelid
      WHERE attrelid IN (${TABLE_IDS}) AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT relation.relname FROM pg_index
      JOIN pg_class AS relation ON relation.oid = indexrelid
      WHERE indrelid IN (${TABLE_IDS}) AND indisvalid`,
  lackingRights: `SELECT id::regclass::text FROM unnest(ARRAY[${TABLE_IDS}]) AS id
    WHERE NOT (has_table_privilege(id, 'SELECT') AND has_table_privilege(id, 'INSERT')
      AND has_table_privilege(id, 'UPDATE') AND has_table_privilege(id, 'DELETE'))`,
} as const

export type StatementName = keyof typeof SQL

/** A statement and the name under which it is prepared. */
export type Statement = { name: string; text: string }

/**
 * The statements for tables in a schema. Names differ if texts do: one connection may prepare those
 * of several stores.
 */
export function statementsIn(schema: string): Record<StatementName, Statement> {
  const statements = Object.entries(SQL).map(([name, sql]) => {
    const text = inSchema(sql, schema)
    const digest = createHash('sha1').update(text).digest('hex').slice(0, 8)
    return [name, { name: `latchkey_${name}_${digest}`, text }]
  })
  return Object.fromEntries(statements) as Record<StatementName, Statement>
}
