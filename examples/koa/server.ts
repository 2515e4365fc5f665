import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { Router } from '@koa/router'
import Koa from 'koa'
import { createAuth } from 'latchkey'
import { getAuth, guard, routes } from 'latchkey/koa'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { isPasswordOf } from '../quickstart/users.ts'

const store = sqliteStore(new DatabaseSync('sessions.db'))
store.migrate()
const auth = createAuth({ secret: process.env.SECRET, store })
const app = new Koa()
const router = new Router()

app.use(
  routes(auth, {
    signIn: ({ username, password }) =>
      isPasswordOf(username, password) ? String(username) : null,
  }),
)
router.get('/me', guard(auth), (context) => {
  context.body = { hello: getAuth(context).identity }
})
app.use(router.routes())

const server = app.listen(Number(process.env.PORT ?? 3000), () =>
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`),
)
