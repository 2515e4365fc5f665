import { DatabaseSync } from 'node:sqlite'
import { createAuth } from 'latchkey'
import { getAuth, guard, routes } from 'latchkey/fetch'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { isPasswordOf } from '../quickstart/users.ts'

const store = sqliteStore(new DatabaseSync('sessions.db'))
store.migrate()
const auth = createAuth({ secret: process.env.SECRET, store })
const handleAuth = routes(auth, {
  signIn: ({ username, password }) => (isPasswordOf(username, password) ? String(username) : null),
})
const me = guard(auth, (request) => Response.json({ hello: getAuth(request).identity }))

export async function handle(request: Request): Promise<Response> {
  if (new URL(request.url).pathname === '/me') return me(request)
  return (await handleAuth(request)) ?? new Response('Not found', { status: 404 })
}
