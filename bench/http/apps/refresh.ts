import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createAuth } from 'latchkey'
import { routes } from 'latchkey/node'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { SECRET } from '../../jwt/tokens.ts'

const store = sqliteStore(
  new DatabaseSync(join(mkdtempSync(join(tmpdir(), 'latchkey-bench-')), 'sessions.db')),
)
store.migrate()
let rotations = 0
const auth = createAuth({
  secret: SECRET,
  store,
  // Short enough that every request of a connection rotates.
  grace: 0.001,
  onEvent: ({ type }) => void (type === 'refreshed' && rotations++),
})
const handle = routes(auth, { signIn: ({ username }) => String(username) })

export const commands = { rotations: (): number => rotations }

export async function start(): Promise<number> {
  const server = createServer((request, response) => void handle(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
