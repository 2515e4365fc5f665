import { DatabaseSync } from 'node:sqlite'
import { fastify } from 'fastify'
import { createAuth } from 'latchkey'
import { getAuth, guard, routes } from 'latchkey/fastify'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { isPasswordOf } from '../quickstart/users.ts'

const store = sqliteStore(new DatabaseSync('sessions.db'))
store.migrate()
const auth = createAuth({ secret: process.env.SECRET, store })
const app = fastify()

app.register(
  routes(auth, {
    signIn: ({ username, password }) =>
      isPasswordOf(username, password) ? String(username) : null,
  }),
)
app.get('/me', { onRequest: guard(auth) }, async (request) => ({
  hello: getAuth(request).identity,
}))

console.log(await app.listen({ host: 'localhost', port: Number(process.env.PORT ?? 3000) }))
