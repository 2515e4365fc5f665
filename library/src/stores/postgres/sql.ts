const END = { ended_at: 'bigint', end_reason: 'text', end_story: 'text' }
const ROW = {
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
  ...END,
}
const COLUMNS = Object.keys(ROW).join(', ')

/** The transaction that says this is on disk before it is answered, also where the connection was told not to wait for that. */
const DURABLY = `set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)`

/** The channel on which every end is told; it is heard when the end is committed. */
export const CHANNEL = 'latchkey_ended'
const TELL = `pg_notify('${CHANNEL}', session.id || ' ' || session.ended_at)`

/**
 * What is asked about many sessions comes as one array a column, each of them a text, which every client and every pooler passes on as it is.
 * With `OFFSET 0` the planner does not see how long they are: it would plan anew for each length.
 */
function asked(columns: Record<string, string>): string {
  const given = Object.entries(columns).map(
    ([name, type], index) => `$${index + 1}::text::${type}[] AS ${name}`,
  )
  const each = Object.keys(columns).map((name) => `unnest(${name}) AS ${name}`)
  return `(SELECT ${each.join(', ')}, generate_subscripts(id, 1) AS n FROM (SELECT ${given.join(', ')} OFFSET 0) AS given) AS asked`
}
const ANY_ID = 'ANY ((SELECT $1::text::text[])::text[])'
// The planner takes the places for a thousand, and so takes what is asked in its order, and looks for each among the sessions that it found: two
// statements never wait for each other. It finds them by their ids, which are named once more: for a thousand it would read the table whole.
const OF_ASKED = `session.id = ${ANY_ID} AND session.id = asked.id AND session.ended_at IS NULL`

const SET_END = (from: string) =>
  `ended_at = ${from}.ended_at, end_reason = ${from}.end_reason, end_story = ${from}.end_story`

/** The most rows that one statement prunes, so that none holds its locks for long. */
export const PRUNED_AT_ONCE = 1000
const prune = (which: string) =>
  `DELETE FROM latchkey_session WHERE id IN (SELECT id FROM latchkey_session WHERE ${which} LIMIT ${PRUNED_AT_ONCE} FOR UPDATE SKIP LOCKED)
   RETURNING id`

/** The statements. Those that change many sessions answer the places `n`, from 1, of those they changed. A row whose `ended_at` is null lives. */
export const SQL = {
  create: `INSERT INTO latchkey_session (${COLUMNS}) SELECT ${COLUMNS} FROM ${asked(ROW)} ON CONFLICT (id) DO NOTHING RETURNING id, ${DURABLY}`,

  read: `SELECT ${COLUMNS} FROM latchkey_session WHERE id = ${ANY_ID}`,

  rotate: `UPDATE latchkey_session AS session SET generation = asked.next, attempt = asked.by, used = false,
      issued_at = asked.at, idle_ends_at = asked.idle, device = asked.device
    FROM ${asked({ id: 'text', was: 'bigint', since: 'bigint', next: 'bigint', by: 'text', at: 'bigint', idle: 'bigint', device: 'text' })}
    WHERE ${OF_ASKED} AND session.generation = asked.was AND session.issued_at = asked.since RETURNING asked.n`,

  // Of two that hand out the same generation, the one decided first may write last: it must not make the generation older.
  restart: `UPDATE latchkey_session SET issued_at = greatest(issued_at, $3::bigint), idle_ends_at = greatest(idle_ends_at, $4::bigint)
    WHERE id = $1 AND generation = $2::bigint AND ended_at IS NULL RETURNING id`,

  markUsed: `UPDATE latchkey_session AS session SET used = true FROM ${asked({ id: 'text', generation: 'bigint' })}
    WHERE ${OF_ASKED} AND session.generation = asked.generation AND NOT session.used RETURNING asked.n`,

  end: `UPDATE latchkey_session AS session SET ${SET_END('asked')} FROM ${asked({ id: 'text', ...END })}
    WHERE ${OF_ASKED} RETURNING asked.n, ${TELL}, ${DURABLY}`,

  // Locked in the order in which the statements about many sessions change them.
  endAll: `WITH locked AS MATERIALIZED (
      SELECT id FROM latchkey_session WHERE identity = $1 AND id IS DISTINCT FROM $2 AND ended_at IS NULL ORDER BY id FOR NO KEY UPDATE),
    given AS (SELECT $3::bigint AS ended_at, $4::text AS end_reason, $5::text AS end_story)
    UPDATE latchkey_session AS session SET ${SET_END('given')} FROM locked, given
    WHERE session.id = locked.id AND session.ended_at IS NULL RETURNING session.id, ${TELL}, ${DURABLY}`,

  list: `SELECT ${COLUMNS} FROM latchkey_session WHERE identity = $1 ORDER BY created_at DESC, id`,
  endedSince: 'SELECT id, ended_at FROM latchkey_session WHERE ended_at >= $1::bigint',
  pruneEnded: prune('ended_at < $1::bigint'),
  pruneIdle: prune('idle_end_day <= $1::bigint / 86400000 AND idle_ends_at < $1::bigint'),
  once: 'INSERT INTO latchkey_once VALUES ($1, $2::bigint) ON CONFLICT DO NOTHING RETURNING key',
  forget: `DELETE FROM latchkey_once WHERE key IN (SELECT key FROM latchkey_once WHERE ends_at <= $1::bigint LIMIT ${PRUNED_AT_ONCE} FOR UPDATE SKIP LOCKED)`,
  tell: 'SELECT pg_notify($1, $2)',
  settings: "SELECT current_setting('fsync'), current_setting('array_nulls')",
} as const

export type Verb = keyof typeof SQL
