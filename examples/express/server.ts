import { DatabaseSync } from 'node:sqlite'
import express from 'express'
import { createAuth } from 'latchkey'
import { getAuth, guard, routes } from 'latchkey/express'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { isPasswordOf } from '../quickstart/users.ts'

const store = sqliteStore(new DatabaseSync('sessions.db'))
store.migrate()
const auth = createAuth({ secret: process.env.SECRET, store })
const app = express()

app.use(
  routes(auth, {
    signIn: ({ username, password }) =>
      isPasswordOf(username, password) ? String(username) : null,
  }),
)
app.get('/me', guard(auth), (request, response) => {
  response.json({ hello: getAuth(request).identity })
})

const server = app.listen(Number(process.env.PORT ?? 3000), () => {
  const { port } = server.address() as { port: number }
  console.log(`http://localhost:${port}`)
})
