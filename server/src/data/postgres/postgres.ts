import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Pool } from 'pg'
import { postgresStore } from 'latchkey/stores/postgres'
import { detailOf, eventOf, EVERY, KEPT, type Audit, type EventRow } from '../../sessions/audit.ts'
import { DELAYS, type Counters } from '../../accounts/throttle.ts'
import { nameKey } from '../../accounts/usernames.ts'
import type { User, Users } from '../../accounts/users.ts'
import { failingAsData, type Data, type DataSource, type Keyring } from '../data.ts'

/** Milliseconds. What takes longer is answered 503; the engine gives up first, so that no connection is held for nothing. */
const LIMITS = { connectionTimeoutMillis: 5000, statement_timeout: 5000, query_timeout: 10_000 }

type Query = (text: string, ...values: unknown[]) => Promise<unknown[][]>

/** Opens a PostgreSQL and makes what is missing. Throws what it throws. */
export async function openPostgres({ config, now }: DataSource, url: string): Promise<Data> {
  const { default: pg } = await import('pg')
  const pool: Pool = new pg.Pool({ connectionString: url, keepAlive: true, ...LIMITS })
  const store = postgresStore(pool, {
    timeLimit: LIMITS.statement_timeout,
    dangerouslyNotDurable: config.dangerouslyNotDurable,
  })
  const close = async () => {
    store.close()
    await pool.end()
  }
  try {
    await store.migrate()
    await pool.query(readFileSync(new URL('../postgres.sql', import.meta.url), 'utf8'))
  } catch (cause) {
    await close()
    throw cause
  }
  const query: Query = async (text, ...values) =>
    (await pool.query<unknown[]>({ text, values, rowMode: 'array' })).rows
  return {
    sessions: failingAsData(store),
    users: failingAsData(usersIn(query)),
    counters: failingAsData(countersIn(query)),
    audit: failingAsData(auditIn(query, now)),
    keyring: keyringIn(query),
    close,
  }
}

const COLUMNS = 'SELECT id, username, password_hash, password_version FROM latchkey_user'

const userOf = ([row]: unknown[][]): User | null => {
  if (row === undefined) return null
  const [id, username, passwordHash, passwordVersion] = row
  return {
    id: String(id),
    username: String(username),
    passwordHash: String(passwordHash),
    passwordVersion: Number(passwordVersion),
  }
}

/** PostgreSQL knows no text with a NUL or with half a surrogate pair, and nobody has such a name. */
const isStorable = (text: string): boolean => !/[\0\p{Surrogate}]/u.test(text)

function usersIn(query: Query): Users {
  const change =
    'UPDATE latchkey_user SET password_hash = $1, password_version = password_version + 1 WHERE id = $2 AND password_version = $3 RETURNING id'
  return {
    byName: async (username) =>
      isStorable(username)
        ? userOf(await query(`${COLUMNS} WHERE name_key = $1`, nameKey(username)))
        : null,
    byId: async (id) =>
      isStorable(id) ? userOf(await query(`${COLUMNS} WHERE id = $1`, id)) : null,
    async create(username, passwordHash, now) {
      const id = randomBytes(16).toString('base64url')
      const insert =
        'INSERT INTO latchkey_user VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT DO NOTHING RETURNING id'
      const made = await query(insert, id, username, nameKey(username), passwordHash, now)
      return made.length === 0 ? null : { id, username, passwordHash, passwordVersion: 1 }
    },
    changePassword: async ({ id, passwordVersion }, hash) =>
      (await query(change, hash, id, passwordVersion)).length > 0,
    async renewHash({ id, passwordHash }, hash) {
      await query(
        'UPDATE latchkey_user SET password_hash = $1 WHERE id = $2 AND password_hash = $3',
        hash,
        id,
        passwordHash,
      )
    },
    isEmpty: async () => (await query('SELECT 1 FROM latchkey_user LIMIT 1')).length === 0,
  }
}

/** In one statement, so that no two processes count a failure as one. */
const COUNT = `INSERT INTO latchkey_throttle AS counter VALUES ($1, 1, $2::bigint, $2::bigint) ON CONFLICT (key) DO UPDATE
  SET (failures, failed_at, blocked_until) = (
    SELECT n, $2::bigint, $2::bigint + CASE WHEN n < $4::int THEN 0 ELSE least($5::bigint * 2 ^ least(n - $4::int, 40), $6::bigint) END
    FROM (SELECT CASE WHEN $2::bigint - counter.failed_at >= $3::bigint THEN 1 ELSE counter.failures + 1 END AS n) AS counted)`

function countersIn(query: Query): Counters {
  return {
    async read(key) {
      const [row] = await query(
        'SELECT failures, failed_at, blocked_until FROM latchkey_throttle WHERE key = $1',
        key,
      )
      return row === undefined
        ? null
        : { failures: Number(row[0]), failed_at: Number(row[1]), blocked_until: Number(row[2]) }
    },
    fail: async (key, at, { free, forget }) =>
      void (await query(COUNT, key, at, forget, free, DELAYS.first, DELAYS.longest)),
    remove: async (key) => void (await query('DELETE FROM latchkey_throttle WHERE key = $1', key)),
    prune: async (before) =>
      void (await query('DELETE FROM latchkey_throttle WHERE failed_at < $1', before)),
  }
}

const EVENT = 'at, type, generation, detail'

const eventIn = ([at, type, generation, detail]: unknown[]) =>
  eventOf({ at: Number(at), type, generation: Number(generation), detail } as EventRow)

function auditIn(query: Query, now: () => number): Audit {
  const bound = async (sessionId: string | null, kept: number) =>
    query(
      `DELETE FROM latchkey_event WHERE session_id IS NOT DISTINCT FROM $1 AND id <=
       (SELECT id FROM latchkey_event WHERE session_id IS NOT DISTINCT FROM $1 ORDER BY id DESC LIMIT 1 OFFSET $2)`,
      sessionId,
      kept,
    )
  let [sessions, others] = [0, 0]
  let prunedAt = Number.NEGATIVE_INFINITY
  async function pruneHourly(): Promise<void> {
    if (now() - prunedAt < EVERY.age) return
    prunedAt = now()
    await query('DELETE FROM latchkey_event WHERE at < $1', prunedAt - KEPT.age)
  }

  return {
    async session(event) {
      const { at, type, sessionId, identity, generation } = event
      const [row] = await query(
        `INSERT INTO latchkey_event (at, type, session_id, identity, generation, detail) VALUES ($1, $2, $3, $4, COALESCE($5::bigint,
         (SELECT generation FROM latchkey_event WHERE session_id = $3 ORDER BY id DESC LIMIT 1), 0), $6) RETURNING ${EVENT}`,
        at,
        type,
        sessionId,
        identity,
        generation,
        detailOf(event),
      )
      if (++sessions % EVERY.session === 0) await bound(sessionId, KEPT.session)
      await pruneHourly()
      return eventIn(row!)
    },
    async account({ type, identity, device }) {
      await query(
        'INSERT INTO latchkey_event (at, type, identity, detail) VALUES ($1, $2, $3, $4)',
        now(),
        type,
        identity,
        JSON.stringify({ device }),
      )
      if (++others % EVERY.other === 0) await bound(null, KEPT.other)
      await pruneHourly()
    },
    async of(sessionId) {
      const rows = await query(
        `SELECT ${EVENT}, id FROM latchkey_event WHERE session_id = $1 ORDER BY id DESC LIMIT ${KEPT.session}`,
        sessionId,
      )
      return rows.toReversed().map(eventIn)
    },
  }
}

function keyringIn(query: Query): Keyring {
  const marks = async () =>
    new Set((await query('SELECT mark FROM latchkey_key')).map(([mark]) => String(mark)))
  return {
    isEmpty: async () => (await marks()).size === 0,
    async admit(own) {
      // Of two first processes one notes its key; the other then finds that it has another one.
      await query(
        `INSERT INTO latchkey_key SELECT $1 WHERE NOT EXISTS (SELECT FROM latchkey_key)`,
        own[0],
      )
      const noted = await marks()
      if (!own.some((mark) => noted.has(mark))) return false
      await query('INSERT INTO latchkey_key SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', own)
      return true
    },
  }
}
