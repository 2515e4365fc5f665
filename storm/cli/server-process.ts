/**
 * One server process of the storm in real time: Latchkey's routes on a SQLite file. Prints its
 * port.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { createAuth } from 'latchkey'
import { guard, routes } from 'latchkey/node'
import { sqliteStore } from 'latchkey/stores/sqlite'

const [, , path = '', paceText] = process.argv
const pace = Number(paceText)
const store = sqliteStore(new DatabaseSync(path, { timeout: 5000 }))
store.migrate()
const auth = createAuth({
  secret: 'a secret that only the storm uses, of 32 bytes or more',
  store,
  accessLifetime: 300 / pace,
  grace: 30 / pace,
})
const handleRoute = routes(auth, { signIn: ({ username }) => username as string })
const check = guard(auth)

const server = createServer((request, response) => {
  void (async () => {
    if (await handleRoute(request, response)) return
    if (await check(request, response)) response.end('{}')
  })()
})
server.listen(0, '127.0.0.1', () => console.log(`${(server.address() as AddressInfo).port}`))
