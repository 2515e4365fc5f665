import { readFileSync } from 'node:fs'
import type { Pool } from 'pg'
import { postgresStore } from 'latchkey/stores/postgres'
import { createAudit } from '../../sessions/audit.ts'
import type { Data, DataOptions } from '../data.ts'
import { withDatabaseErrors } from '../database-error.ts'
import { postgresEvents } from './audit.ts'
import { postgresKeyRegistry } from './key-registry.ts'
import { postgresNotes } from './notes.ts'
import { postgresProcesses } from './processes.ts'
import type { Query } from './query.ts'
import { postgresUsers } from './users.ts'

/**
 * Milliseconds. A query that takes longer fails, and the request gets 503. The database cancels
 * the statement before the driver gives up, so the connection can be used again.
 */
const LIMITS = { connectionTimeoutMillis: 5000, statement_timeout: 5000, query_timeout: 10_000 }

/**
 * A pooler in transaction mode, such as PgBouncer, refuses connections that set a limit for
 * statements. There the limit is set for the role; see docs/server.md.
 */
async function limitsFor(url: string): Promise<Partial<typeof LIMITS>> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url, ...LIMITS })
  // A connection that breaks later must not end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    return LIMITS
  } catch (cause) {
    if (!/unsupported startup parameter/.test((cause as Error).message)) throw cause
    const { statement_timeout: _refused, ...accepted } = LIMITS
    return accepted
  } finally {
    await client.end().catch(() => {})
  }
}

/** Connects to PostgreSQL and creates missing tables. Rejects with the errors of the driver. */
export async function openPostgres({ config, now }: DataOptions, url: string): Promise<Data> {
  const { default: pg } = await import('pg')
  const limits = await limitsFor(url)
  const pool: Pool = new pg.Pool({ connectionString: url, keepAlive: true, ...limits })
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
    await pool.query(readFileSync(new URL('./schema.sql', import.meta.url), 'utf8'))
  } catch (cause) {
    await close()
    throw cause
  }
  const query: Query = async (text, ...values) =>
    (await pool.query<unknown[]>({ text, values, rowMode: 'array' })).rows
  return {
    sessions: withDatabaseErrors(store),
    users: withDatabaseErrors(postgresUsers(query)),
    audit: createAudit(withDatabaseErrors(postgresEvents(query)), now),
    keyRegistry: postgresKeyRegistry(query),
    notes: postgresNotes(query),
    processes: postgresProcesses(query),
    copyDatabase: null,
    findDamage: () => null,
    close,
  }
}
