/**
 * One process of many. People are in PostgreSQL; sessions are in Redis if `REDIS_URL` is set,
 * otherwise in PostgreSQL too.
 */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { Redis } from 'ioredis'
import { createAuth, readTicket } from 'latchkey'
import { getAuth, guard, routes, sendRefusal } from 'latchkey/hono'
import { postgresStore } from 'latchkey/stores/postgres'
import { redisStore } from 'latchkey/stores/redis'
import { Pool } from 'pg'
import { isPasswordOf } from './people.ts'

const { DATABASE_URL, REDIS_URL, SECRET, PORT = '0' } = process.env

const pool = new Pool({ connectionString: DATABASE_URL })
const store = REDIS_URL ? redisStore(new Redis(REDIS_URL)) : postgresStore(pool)
await store.migrate()
// Every process needs the same secret, to accept the tokens that the others issued.
const auth = createAuth({ secret: SECRET, store })
const app = new Hono()

app.use(
  routes(auth, {
    signIn: async ({ username, password }) =>
      (await isPasswordOf(pool, username, password)) ? String(username) : null,
  }),
)
app.get('/me', guard(auth), (context) =>
  context.json({ hello: getAuth(context).identity, from: process.pid }),
)

app.get('/live', async (context) => {
  const result = await auth.redeemTicket(readTicket(context.req.url), { audience: '/live' })
  if (!result.ok) return sendRefusal(result)
  return streamSSE(context, async (stream) => {
    await stream.writeSSE({ data: `hello ${result.identity}, from ${process.pid}` })
    await new Promise<void>((resolve) => {
      const binding = auth.bindConnection(result, () => resolve())
      stream.onAbort(() => (binding.release(), resolve()))
    })
    await stream.writeSSE({ event: 'ended', data: '' })
  })
})

// For internal monitoring: the balancer does not forward this path.
app.get('/metrics', (context) => context.json({ process: process.pid, ...auth.metrics() }))

serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`Process ${process.pid}: http://127.0.0.1:${port}`),
)
