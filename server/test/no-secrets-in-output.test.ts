import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BROWSER, Jar, type HttpResponse } from './client.ts'
import { HOUR, startServer, type TestServer } from './server.ts'

const PASSWORD = 'canary password 4711 of ada'
const NEW_PASSWORD = 'canary password 4714 new'
const WRONG_PASSWORD = 'canary password 4712 of nobody'
const UNKNOWN_USERNAME = 'canary-name-4713'

test('log and database: contain no password, token, secret or cookie', async () => {
  const server = await startServer({ LATCHKEY_LOG: 'requests' })
  const secrets = await useEverything(server)
  for (const secret of keySecrets(server.folder)) secrets.add(secret)
  await server.close()

  expect(secrets.size).toBeGreaterThan(12)
  const log = server.output.join('')
  const lines = log.split('\n').filter((line) => line !== '')
  expect(lines.every((line) => typeof JSON.parse(line) === 'object')).toBe(true)
  for (const name of ['request', 'signed-in', 'refreshed', 'reused', 'signed-out', 'unexpected'])
    expect(log).toContain(`"event":"${name}"`)
  const database = databaseText(server.folder)
  for (const secret of secrets) {
    expect(log).not.toContain(secret)
    expect(database).not.toContain(secret)
  }
})

/** Sends requests of every kind and returns the secrets in them and in their responses. */
async function useEverything(server: TestServer): Promise<Set<string>> {
  const { send, origin, clock } = server
  const secrets = new Set([PASSWORD, WRONG_PASSWORD, UNKNOWN_USERNAME, NEW_PASSWORD])
  const collect = ({ body }: HttpResponse, jar?: Jar) => {
    for (const name of ['access_token', 'refresh_token'])
      if (typeof body[name] === 'string') secrets.add(body[name])
    for (const [name, value] of jar ?? []) if (name !== 'latchkey-session') secrets.add(value)
  }
  const jar = new Jar()
  const registered = await send('POST', '/register', {
    json: { username: 'ada', password: PASSWORD },
  })
  collect(registered)
  await failToSignIn(server)
  for (const sent of [
    { json: { username: 'ada', password: PASSWORD, mode: 'cookie' }, headers: { origin } },
    {
      form: { username: 'ada', password: PASSWORD, next: '/tokens' },
      headers: { ...BROWSER, origin },
    },
  ])
    collect(await send('POST', '/login', { ...sent, jar }), jar)
  await visitPages(server, jar, registered)
  clock.advance(HOUR)
  collect(await send('POST', '/refresh', { jar, headers: { origin } }), jar)
  const first = await send('POST', '/refresh', { token: String(registered.body.refresh_token) })
  collect(first)
  clock.advance(HOUR)
  collect(await send('POST', '/refresh', { token: String(first.body.refresh_token) }))
  await send('POST', '/refresh', { token: String(registered.body.refresh_token) })
  await send('POST', '/account/password', {
    form: { current_password: PASSWORD, new_password: NEW_PASSWORD },
    jar,
    headers: { ...BROWSER, origin },
  })
  await send('POST', '/logout', { jar, headers: { origin } })
  collect(await failUnexpectedly(server))
  return secrets
}

async function failToSignIn({ send }: TestServer): Promise<void> {
  await send('POST', '/login', { json: { username: 'ada', password: WRONG_PASSWORD } })
  await send('POST', '/login', {
    json: { username: UNKNOWN_USERNAME, password: WRONG_PASSWORD },
    headers: { 'user-agent': 'evil agent' },
  })
}

/** Also sends tokens where they do not belong. */
async function visitPages({ send }: TestServer, jar: Jar, { body }: HttpResponse): Promise<void> {
  for (const path of [
    '/account',
    '/tokens',
    '/session',
    '/sessions',
    `/protected?access_token=${String(body.access_token)}`,
    `/${String(body.refresh_token)}`,
  ])
    await send('GET', path, { jar, headers: BROWSER })
}

/** Makes the server throw an error with a secret in its message. */
async function failUnexpectedly({ send, services }: TestServer): Promise<HttpResponse> {
  services.audit.eventsOf = () => {
    throw new Error(PASSWORD)
  }
  const signedIn = await send('POST', '/login', {
    json: { username: 'ada', password: NEW_PASSWORD },
  })
  const token = String(signedIn.body.access_token)
  expect((await send('GET', '/session', { token })).status).toBe(500)
  return signedIn
}

function keySecrets(folder: string): string[] {
  const { keys, secrets } = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')) as {
    keys: Array<{ d: string }>
    secrets: string[]
  }
  return [keys[0]!.d, secrets[0]!]
}

const databaseText = (folder: string): string =>
  readdirSync(folder)
    .filter((name) => name.startsWith('latchkey.db'))
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('')

test('log: control characters in a request cannot forge or color a line', async () => {
  const { send, output } = await startServer({ LATCHKEY_LOG: 'requests' })
  await send('GET', '/login/%0d%0a%7b%22level%22%3a%22error%22%7d%1b[31m')
  await send('GET', '/login?%0d%0a=1')
  expect(output).toHaveLength(2)
  for (const line of output) {
    expect(line.trimEnd()).toMatch(/^\P{Cc}+$/u)
    expect(JSON.parse(line)).toMatchObject({ level: 'info', event: 'request', method: 'GET' })
  }
})
