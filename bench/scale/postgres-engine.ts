import { Pool } from 'pg'
import { postgresStore } from 'latchkey/stores/postgres'
import { postgresFor } from '../../scripts/postgres.mjs'
import type { Engine } from './engine.ts'
import { numberedSession } from './numbered-session.ts'

/** Sessions per INSERT statement. */
const CHUNK = 100_000

/** One schema for each number of sessions. */
export async function openPostgres(): Promise<Engine> {
  const engine =
    process.env.DATABASE_URL === undefined
      ? await postgresFor('the benchmark', ['shared_buffers=1GB', 'max_wal_size=4GB'])
      : null
  const url = process.env.DATABASE_URL ?? engine!.url
  const pools: Pool[] = []
  const stores: Array<ReturnType<typeof postgresStore>> = []
  return {
    async open(sessions) {
      const schema = `sessions_${sessions}`
      const pool = new Pool({ connectionString: url, max: 8, options: `-c search_path=${schema}` })
      pools.push(pool)
      await pool.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
      const store = postgresStore(pool)
      stores.push(store)
      await store.migrate()
      await fill(pool, sessions)
      const sizes =
        'SELECT sum(pg_total_relation_size(oid))::text AS bytes FROM pg_class WHERE relname = ' +
        `'latchkey_session' AND relnamespace = '${schema}'::regnamespace`
      return {
        store,
        bytes: async () => Number((await pool.query<{ bytes: string }>(sizes)).rows[0]!.bytes),
      }
    },
    async close() {
      for (const store of stores) store.close()
      for (const pool of pools) await pool.end()
      await engine?.stop()
    },
  }
}

async function fill(pool: Pool, sessions: number): Promise<void> {
  const existing = Number(
    (await pool.query<{ count: string }>('SELECT count(*) FROM latchkey_session')).rows[0]!.count,
  )
  const { attempt, createdAt, endsAt, idleEndsAt, claims, device } = numberedSession(0)
  const columns =
    'id, identity, generation, attempt, used, issued_at, created_at, idle_ends_at, ends_at, ' +
    'rotates, claims, device'
  for (let from = existing; from < sessions; from += CHUNK) {
    await pool.query(
      `INSERT INTO latchkey_session (${columns})
       SELECT rtrim(translate(encode(decode(md5(n::text), 'hex'), 'base64'), '+/', '-_'), '='),
         'person ' || n - (n % 4 = 0)::int, 1, $1, false, $2::bigint, $2::bigint,
         $3::bigint - n % 1000 * 1000, $4::bigint, true, $5, $6
       FROM generate_series($7::bigint, $8::bigint) n`,
      [
        attempt,
        createdAt,
        idleEndsAt,
        endsAt,
        JSON.stringify(claims),
        JSON.stringify(device),
        from,
        Math.min(from + CHUNK, sessions) - 1,
      ],
    )
  }
  if (existing < sessions) await pool.query('VACUUM ANALYZE latchkey_session')
}
