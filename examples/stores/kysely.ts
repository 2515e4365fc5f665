/**
 * One pool for the application's own queries, with Kysely, and for sessions. Signs in, and reads
 * the session together with its user. Needs DATABASE_URL and SECRET.
 */
import { Kysely, PostgresDialect } from 'kysely'
import { createAuth } from 'latchkey'
import { postgresStore } from 'latchkey/stores/postgres'
import { Pool } from 'pg'
import type { Database } from './kysely-schema.ts'

const pool = new Pool({ connectionString: process.env.DATABASE_URL })
const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
const store = postgresStore(pool)
await store.migrate()
await pool.query('CREATE TABLE IF NOT EXISTS app_user (id text PRIMARY KEY, name text NOT NULL)')
await db
  .insertInto('app_user')
  .values({ id: 'ada', name: 'Ada Lovelace' })
  .onConflict((conflict) => conflict.doNothing())
  .execute()

const auth = createAuth({ secret: process.env.SECRET!, store })
const { sessionId } = await auth.signIn('ada')
const row = await db
  .selectFrom('latchkey_session as session')
  .innerJoin('app_user', 'app_user.id', 'session.identity')
  .select(['app_user.name', 'session.created_at'])
  .where('session.id', '=', sessionId)
  .executeTakeFirstOrThrow()
console.log(`${row.name} has signed in`)

auth.close()
store.close()
await db.destroy()
