import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'

/** Its defaults, except `updateAge: 0`: each read of a session writes it, as a rotation does. */
export async function start(): Promise<number> {
  const database = new DatabaseSync(
    join(mkdtempSync(join(tmpdir(), 'better-auth-bench-')), 'auth.db'),
  )
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const auth = betterAuth({
    baseURL: `http://127.0.0.1:${port}`,
    secret: 'a secret of the benchmark, of more than thirty-two bytes',
    database,
    emailAndPassword: { enabled: true },
    session: { updateAge: 0 },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    telemetry: { enabled: false },
  })
  await (await getMigrations(auth.options)).runMigrations()
  server.on('request', toNodeHandler(auth))
  return port
}
