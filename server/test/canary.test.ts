import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BROWSER, Jar } from './client.ts'
import { HOUR, startServer } from './server.ts'

test('log and database: contain no password, token, secret or cookie', async () => {
  const server = await startServer({ LATCHKEY_LOG: 'requests' })
  const { send, origin, clock, folder, output } = server
  const password = 'canary password 4711 of ada'
  const wrong = 'canary password 4712 of nobody'
  const stranger = 'canary-name-4713'
  const secrets = new Set([password, wrong, stranger, 'canary password 4714 new'])
  const seen = (body: Record<string, unknown>, jar?: Jar) => {
    for (const name of ['access_token', 'refresh_token'])
      if (typeof body[name] === 'string') secrets.add(body[name])
    for (const [name, value] of jar ?? []) if (name !== 'latchkey-session') secrets.add(value)
  }

  const jar = new Jar()
  const registered = await send('POST', '/register', { json: { username: 'ada', password } })
  seen(registered.body)
  await send('POST', '/login', { json: { username: 'ada', password: wrong } })
  await send('POST', '/login', {
    json: { username: stranger, password: wrong },
    headers: { 'user-agent': 'evil\r\nagent'.replace('\r\n', ' ') },
  })
  seen(
    (
      await send('POST', '/login', {
        json: { username: 'ada', password, mode: 'cookie' },
        jar,
        headers: { origin },
      })
    ).body,
    jar,
  )
  await send('POST', '/login', {
    form: { username: 'ada', password, next: '/tokens' },
    jar,
    headers: { ...BROWSER, origin },
  })
  seen({}, jar)
  for (const path of [
    '/account',
    '/tokens',
    '/session',
    '/sessions',
    `/protected?access_token=${String(registered.body.access_token)}`,
    `/${String(registered.body.refresh_token)}`,
  ]) {
    await send('GET', path, { jar, headers: BROWSER })
  }
  clock.advance(HOUR)
  seen((await send('POST', '/refresh', { jar, headers: { origin } })).body, jar)
  const first = await send('POST', '/refresh', { token: String(registered.body.refresh_token) })
  seen(first.body)
  clock.advance(HOUR)
  seen((await send('POST', '/refresh', { token: String(first.body.refresh_token) })).body)
  await send('POST', '/refresh', { token: String(registered.body.refresh_token) })
  await send('POST', '/account/password', {
    form: { current_password: password, new_password: 'canary password 4714 new' },
    jar,
    headers: { ...BROWSER, origin },
  })
  await send('POST', '/logout', { jar, headers: { origin } })
  server.services.audit.eventsOf = () => {
    throw new Error(password)
  }
  const last = (
    await send('POST', '/login', {
      json: { username: 'ada', password: 'canary password 4714 new' },
    })
  ).body
  seen(last)
  expect((await send('GET', '/session', { token: String(last.access_token) })).status).toBe(500)
  const keys = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')) as {
    keys: Array<{ d: string }>
    secrets: string[]
  }
  for (const secret of [keys.keys[0]!.d, keys.secrets[0]!]) secrets.add(secret)
  await server.close()

  expect(secrets.size).toBeGreaterThan(12)
  const log = output.join('')
  expect(
    log
      .split('\n')
      .filter((line) => line !== '')
      .every((line) => typeof JSON.parse(line) === 'object'),
  ).toBe(true)
  for (const name of ['request', 'signed-in', 'refreshed', 'reused', 'signed-out', 'unexpected'])
    expect(log).toContain(`"event":"${name}"`)
  const database = readdirSync(folder)
    .filter((name) => name.startsWith('latchkey.db'))
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('')
  for (const secret of secrets) {
    expect(log).not.toContain(secret)
    expect(database).not.toContain(secret)
  }
})

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
