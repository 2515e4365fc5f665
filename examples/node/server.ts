import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { createAuth } from 'latchkey'
import { getAuth, guard, routes } from 'latchkey/node'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { isPasswordOf } from '../quickstart/users.ts'

const store = sqliteStore(new DatabaseSync('sessions.db'))
store.migrate()
const auth = createAuth({ secret: process.env.SECRET, store })
const check = guard(auth)
const handleAuth = routes(auth, {
  signIn: ({ username, password }) => (isPasswordOf(username, password) ? String(username) : null),
})

const server = createServer(async (request, response) => {
  if (request.url === '/me') {
    if (!(await check(request, response))) return
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ hello: getAuth(request).identity }))
  } else if (!(await handleAuth(request, response))) {
    response.writeHead(404).end()
  }
})

server.listen(Number(process.env.PORT ?? 3000), () =>
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`),
)
