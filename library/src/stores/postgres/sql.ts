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
function inputTable(columns: Record<string, string>): string {
  const arrays = Object.entries(columns).map(
    ([name, type], index) => `$${index + 1}::text::${type}[] AS ${name}`,
  )
  const rows = Object.keys(columns).map((name) => `unnest(${name}) AS ${name}`)
  return `(SELECT ${rows.join(', ')}, generate_subscripts(id, 1) AS n
    FROM (SELECT ${arrays.join(', ')} OFFSET 0) AS arrays) AS input`
}

const ANY_ID = 'ANY ((SELECT $1::text::text[])::text[])'

/**
 * Joins the input to live sessions. The planner assumes a thousand rows of input. It therefore
 * reads the input in its order and looks up each row among the sessions found, and as all
 * statements have the same order they cannot deadlock. The ids are repeated as `ANY_ID` because for
 * a thousand rows it would otherwise scan the whole table.
 */
const JOIN_INPUT = `session.id = ${ANY_ID} AND session.id = input.id AND session.ended_at IS NULL`

const setEnd = (source: string) =>
  `ended_at = ${source}.ended_at, end_reason = ${source}.end_reason,
    end_details = ${source}.end_details`

const prune = (condition: string) =>
  `DELETE FROM latchkey_session WHERE id IN
    (SELECT id FROM latchkey_session WHERE ${condition} LIMIT ${PRUNE_LIMIT} FOR UPDATE SKIP LOCKED)
  RETURNING id`

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
    FROM ${inputTable(ROTATION_INPUT)}
    WHERE ${JOIN_INPUT} AND session.generation = input.from_generation
      AND session.issued_at = input.from_issued_at
    RETURNING input.n`,

  // Concurrent calls may arrive out of order: instants never move back.
  extend: `UPDATE latchkey_session SET issued_at = greatest(issued_at, $3::bigint),
      idle_ends_at = greatest(idle_ends_at, $4::bigint)
    WHERE id = $1 AND generation = $2::bigint AND ended_at IS NULL RETURNING id`,

  markUsed: `UPDATE latchkey_session AS session SET used = true
    FROM ${inputTable({ id: 'text', generation: 'bigint' })}
    WHERE ${JOIN_INPUT} AND session.generation = input.generation AND NOT session.used
    RETURNING input.n`,

  end: `UPDATE latchkey_session AS session SET ${setEnd('input')}
    FROM ${inputTable({ id: 'text', ...END_COLUMNS })}
    WHERE ${JOIN_INPUT} RETURNING input.n, ${NOTIFY}, ${SYNC_COMMIT}`,

  // Locks rows in the order in which the statements about many sessions do.
  endAll: `WITH locked AS MATERIALIZED (
      SELECT id FROM latchkey_session
      WHERE identity = $1 AND id IS DISTINCT FROM $2 AND ended_at IS NULL
      ORDER BY id FOR NO KEY UPDATE),
    input AS (SELECT $3::bigint AS ended_at, $4::text AS end_reason, $5::text AS end_details)
    UPDATE latchkey_session AS session SET ${setEnd('input')} FROM locked, input
    WHERE session.id = locked.id AND session.ended_at IS NULL
    RETURNING session.id, ${NOTIFY}, ${SYNC_COMMIT}`,

  list: `SELECT ${COLUMNS} FROM latchkey_session WHERE identity = $1 ORDER BY created_at DESC, id`,
  endedSince: 'SELECT id, ended_at FROM latchkey_session WHERE ended_at >= $1::bigint',

  pruneEnded: prune('ended_at < $1::bigint'),
  pruneIdle: prune('idle_end_day <= $1::bigint / 86400000 AND idle_ends_at < $1::bigint'),

  claimKey: `INSERT INTO latchkey_claimed_key VALUES ($1, $2::bigint)
    ON CONFLICT DO NOTHING RETURNING key`,
  deleteExpiredKeys: `DELETE FROM latchkey_claimed_key WHERE key IN
    (SELECT key FROM latchkey_claimed_key WHERE expires_at <= $1::bigint
     LIMIT ${PRUNE_LIMIT} FOR UPDATE SKIP LOCKED)`,

  notify: 'SELECT pg_notify($1, $2)',
  settings: "SELECT current_setting('fsync'), current_setting('array_nulls')",
} as const

export type StatementName = keyof typeof SQL
