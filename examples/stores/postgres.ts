/**
 * Sessions in PostgreSQL: signs in, refreshes, signs out, and prints the events. Needs DATABASE_URL
 * and SECRET.
 */
import { createAuth } from 'latchkey'
import { postgresStore } from 'latchkey/stores/postgres'
import { Pool } from 'pg'

const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  query_timeout: 10_000,
  keepAlive: true,
})
const store = postgresStore(pool)
await store.migrate()

const auth = createAuth({
  secret: process.env.SECRET!,
  store,
  onEvent: (event) => 'sessionId' in event && console.log(event.type),
})
const { refreshToken, sessionId } = await auth.signIn('ada')
await auth.refresh(refreshToken)
await auth.signOut(sessionId)

store.close()
await pool.end()
