import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { AuthEvent } from 'latchkey'
import { createTutorial } from './app.ts'

/** The folder for the sessions and the secret. Both are needed again after a restart. */
const DATA = process.env.DATA ?? join(import.meta.dirname, '.data')

mkdirSync(DATA, { recursive: true, mode: 0o700 })
const server = createTutorial({
  secret: loadSecret(join(DATA, 'secret')),
  database: join(DATA, 'sessions.db'),
  onEvent: printEvent,
})
server.listen(Number(process.env.PORT ?? 5000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index`)
})

/** Reads the secret, or creates it at the first start. */
function loadSecret(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}

/** Prints an event on one line. Events never contain a token. */
function printEvent(event: AuthEvent): void {
  const time = new Date(event.at).toISOString()
  if (event.type === 'token-refused') return console.log(time, event.type, event.reason)
  if ('cause' in event) return console.error(time, event.type, event.cause)
  const { type, identity, sessionId, generation, details } = event
  console.log(
    time,
    type,
    identity,
    `session ${sessionId} at ${generation}`,
    details ? `generation ${details.presented} was presented` : '',
  )
}
