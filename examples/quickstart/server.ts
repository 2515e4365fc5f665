import { DatabaseSync } from 'node:sqlite'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createAuth } from 'latchkey'
import { getAuth, guard, routes } from 'latchkey/hono'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { isPasswordOf } from './users.ts'

const store = sqliteStore(new DatabaseSync('sessions.db'))
store.migrate()
const auth = createAuth({ secret: process.env.SECRET, store })
const app = new Hono()

app.use(
  routes(auth, {
    signIn: ({ username, password }) =>
      isPasswordOf(username, password) ? String(username) : null,
  }),
)
app.get('/me', guard(auth), (context) => context.json({ hello: getAuth(context).identity }))

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) =>
  console.log(`http://localhost:${port}`),
)
