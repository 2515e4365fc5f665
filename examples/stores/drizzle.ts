/**
 * One pool for the application's own queries, with Drizzle, and for sessions. Signs in, and reads
 * the session together with its user. Needs DATABASE_URL and SECRET.
 */
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { createAuth } from 'latchkey'
import { postgresStore } from 'latchkey/stores/postgres'
import { Pool } from 'pg'
import { latchkeySession, users } from './drizzle-schema.ts'

const pool = new Pool({ connectionString: process.env.DATABASE_URL })
const db = drizzle(pool)
const store = postgresStore(pool)
await store.migrate()
await pool.query('CREATE TABLE IF NOT EXISTS app_user (id text PRIMARY KEY, name text NOT NULL)')
await db.insert(users).values({ id: 'ada', name: 'Ada Lovelace' }).onConflictDoNothing()

const auth = createAuth({ secret: process.env.SECRET!, store })
const { sessionId } = await auth.signIn('ada')
const [row] = await db
  .select({ name: users.name, createdAt: latchkeySession.createdAt })
  .from(latchkeySession)
  .innerJoin(users, eq(users.id, latchkeySession.identity))
  .where(eq(latchkeySession.id, sessionId))
console.log(`${row!.name} has signed in`)

auth.close()
store.close()
await pool.end()
