import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import { expect, test } from 'vitest'
import { Jar, type HttpRequest } from './client.ts'
import { PASSWORD, startServer } from './server.ts'

test('sign-in: returns both tokens and their lifetimes', async () => {
  const { send, register } = await startServer()
  await register()
  const { status, body, cookies, headers } = await send('POST', '/login', {
    json: { username: 'ada', password: PASSWORD },
  })
  expect(status).toBe(200)
  expect(body).toEqual({
    access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    refresh_token: expect.stringMatching(/^[\w-]{76}$/),
    token_type: 'Bearer',
    expires_in: expect.any(Number),
    refresh_expires_in: 30 * 24 * 60 * 60,
    session_id: expect.stringMatching(/^[\w-]{22}$/),
    generation: 0,
  })
  expect(cookies).toEqual([])
  expect(headers['cache-control']).toBe('no-store')
})

test('sign-in: a form that does not come from a page gets JSON', async () => {
  const { send, register } = await startServer()
  await register()
  const { status, body } = await send('POST', '/login', {
    form: { username: 'ada', password: PASSWORD },
  })
  expect([status, body.token_type]).toEqual([200, 'Bearer'])
})

test('sign-in: a wrong password is 401, and the message does not say what was wrong', async () => {
  const { send, register } = await startServer()
  await register()
  const { status, body } = await send('POST', '/login', {
    json: { username: 'ada', password: 'not the right one' },
  })
  expect(status).toBe(401)
  expect(body).toEqual({
    error: 'credentials_invalid',
    message: 'The username or password is incorrect.',
  })
})

test('sign-in: an unknown username gets the response and work of a wrong password', async () => {
  const { send, register, hashing } = await startServer()
  await register()
  const signInWith = async (username: string) => {
    hashing.verified = []
    const { status, text, headers } = await send('POST', '/login', {
      json: { username, password: 'not the right one' },
    })
    const { date: _date, ...rest } = headers
    return { status, text, rest, verified: hashing.verified, hashed: hashing.hashed }
  }
  hashing.hashed = 0
  const wrong = await signInWith('ada')
  expect(wrong.verified).toEqual(['m=19456,t=2,p=1$'])
  expect(await signInWith('eve')).toEqual(wrong)
})

test('sign-in: usernames match in any case and Unicode form', async () => {
  const { send, register } = await startServer()
  await register('Zoë Straße')
  for (const username of ['zoë straße', 'ZOE\u0308 STRASSE', 'ＺＯË Straße']) {
    expect((await send('POST', '/login', { json: { username, password: PASSWORD } })).status).toBe(
      200,
    )
  }
})

test('sign-in: passwords are compared in full, with their case, in one Unicode form', async () => {
  const { send } = await startServer()
  const password = `Käse ${'x'.repeat(80)} Ende`
  expect((await send('POST', '/register', { json: { username: 'ada', password } })).status).toBe(
    200,
  )
  const statusOf = async (candidate: string) =>
    (await send('POST', '/login', { json: { username: 'ada', password: candidate } })).status
  expect(await statusOf(password.normalize('NFD'))).toBe(200)
  expect(await statusOf(password.toLowerCase())).toBe(401)
  expect(await statusOf(password.slice(0, 72))).toBe(401)
})

test('sign-in: a password above the maximum length is refused without hashing', async () => {
  const { send, register, hashing } = await startServer()
  await register()
  for (const password of ['x'.repeat(257), 'x'.repeat(10_000)]) {
    expect((await send('POST', '/login', { json: { username: 'ada', password } })).body.error).toBe(
      'credentials_invalid',
    )
  }
  expect(hashing.verified).toEqual([])
})

const UNREADABLE: ReadonlyArray<
  [name: string, sent: HttpRequest, status: number, code: string, message: RegExp]
> = [
  ['missing body', {}, 400, 'request_invalid', /"username"/],
  ['missing password', { json: { username: 'ada' } }, 400, 'request_invalid', /"password"/],
  ['missing username', { json: { password: PASSWORD } }, 400, 'request_invalid', /"username"/],
  [
    'empty password',
    { json: { username: 'ada', password: '' } },
    400,
    'request_invalid',
    /"password"/,
  ],
  [
    'password that is not a string',
    { json: { username: 'ada', password: { length: 20 } } },
    400,
    'request_invalid',
    /"password"/,
  ],
  [
    'username that is a list',
    { json: { username: ['ada'], password: PASSWORD } },
    400,
    'request_invalid',
    /"username"/,
  ],
  [
    'unknown mode',
    { json: { username: 'ada', password: PASSWORD, mode: 'url' } },
    400,
    'request_invalid',
    /"mode"/,
  ],
  [
    'malformed JSON',
    { body: '{"username":', headers: { 'content-type': 'application/json' } },
    400,
    'request_invalid',
    /cannot be parsed/,
  ],
  [
    'JSON that is not an object',
    { json: ['ada', PASSWORD] },
    400,
    'request_invalid',
    /cannot be parsed/,
  ],
  [
    'bytes that are not UTF-8',
    { body: Buffer.from([0x7b, 0xff, 0x7d]), headers: { 'content-type': 'application/json' } },
    400,
    'request_invalid',
    /cannot be parsed/,
  ],
  [
    'a field twice in a form',
    {
      body: 'username=a&username=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    400,
    'request_invalid',
    /"username" must be/,
  ],
  [
    'oversized body',
    { json: { username: 'ada', password: 'x'.repeat(20_000) } },
    413,
    'body_too_large',
    /too large/,
  ],
  [
    'wrong content type',
    { body: '{}', headers: { 'content-type': 'text/plain' } },
    415,
    'media_type_unsupported',
    /application\/json/,
  ],
  ['no content type', { body: '{}' }, 415, 'media_type_unsupported', /application\/json/],
  [
    'multipart form without fields',
    { body: '--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
    400,
    'request_invalid',
    /"username" must be/,
  ],
]

test.each(UNREADABLE)(
  'credentials: %s is refused without hashing',
  async (_name, sent, status, code, message) => {
    const { send, hashing } = await startServer()
    for (const path of ['/login', '/register']) {
      const response = await send('POST', path, sent)
      expect([response.status, response.body.error]).toEqual([status, code])
      expect(response.body.message).toMatch(message)
    }
    expect(hashing).toMatchObject({ hashed: 0, verified: [] })
  },
)

test('refusals: contain no data from the request', async () => {
  const { send } = await startServer()
  const canary = 'canary-4711'
  for (const json of [
    { username: canary, password: canary },
    { username: canary },
    { username: canary, password: canary, mode: canary },
  ]) {
    expect((await send('POST', '/login', { json })).text).not.toContain(canary)
  }
  expect(
    (await send('GET', `/${canary}?${canary}`, { headers: { accept: 'application/json' } })).text,
  ).not.toContain(canary)
})

test('sign-in: a hash with weaker parameters is replaced', async () => {
  const { send, register, folder, services } = await startServer()
  await register()
  const database = new DatabaseSync(join(folder, 'latchkey.db'))
  const weak = await hash(PASSWORD, { memoryCost: 8192, timeCost: 1, parallelism: 1 })
  database.prepare('UPDATE user SET password_hash = ?').run(weak)
  expect(
    (await send('POST', '/login', { json: { username: 'ada', password: PASSWORD } })).status,
  ).toBe(200)
  const storedHash = async () => (await services.users.byName('ada'))!.passwordHash!
  // The server hashes after the response.
  await expect.poll(storedHash).not.toBe(weak)
  database.close()
  expect(services.passwords.isOutdated(await storedHash())).toBe(false)
  expect(
    (await send('POST', '/login', { json: { username: 'ada', password: PASSWORD } })).status,
  ).toBe(200)
})

test('sign-in in cookie mode: tokens are in HttpOnly cookies, not in the body', async () => {
  const { send, origin, register } = await startServer()
  await register()
  const { status, body, cookies } = await send('POST', '/login', {
    json: { username: 'ada', password: PASSWORD, mode: 'cookie' },
    headers: { origin },
  })
  expect(status).toBe(200)
  expect(Object.keys(body).sort()).toEqual([
    'expires_in',
    'generation',
    'refresh_expires_in',
    'session_id',
  ])
  const byName = Object.fromEntries(cookies.map((cookie) => [cookie.split('=', 1)[0], cookie]))
  expect(Object.keys(byName).sort()).toEqual([
    'latchkey-access',
    'latchkey-device',
    'latchkey-refresh',
    'latchkey-session',
  ])
  for (const name of ['latchkey-access', 'latchkey-refresh', 'latchkey-device'])
    expect(byName[name]).toMatch(/; HttpOnly; SameSite=Lax$/)
  expect(byName['latchkey-session']).not.toMatch(/HttpOnly/)
  expect(byName['latchkey-session']).toContain(`${String(body.session_id)}.0;`)
  for (const cookie of cookies) expect(cookie).toMatch(/; Path=\/; Max-Age=\d+/)
})

test('cookies: with an https origin, Secure and with the prefix __Host-', async () => {
  const { send, register } = await startServer({ LATCHKEY_ORIGIN: 'https://sign-in.example' })
  await register()
  const json = { username: 'ada', password: PASSWORD, mode: 'cookie' }
  const { cookies } = await send('POST', '/login', {
    json,
    headers: { origin: 'https://sign-in.example' },
  })
  expect(cookies).toHaveLength(4)
  for (const cookie of cookies) {
    expect(cookie).toMatch(/^__Host-latchkey-/)
    expect(cookie).toMatch(/; Secure/)
    expect(cookie).not.toMatch(/Domain/i)
  }
  expect((await send('GET', '/login?lang=zh')).cookies[0]).toMatch(/; Secure/)
})

test('sign-in: in a browser with a session, ends that session as replaced', async () => {
  const { register, send, signInWithCookies } = await startServer()
  await register()
  const jar = new Jar()
  const first = (await signInWithCookies(jar)).body.session_id
  const old = jar.get('latchkey-access')!
  const second = (await signInWithCookies(jar)).body.session_id
  expect(first).not.toBe(second)
  const refused = await send('GET', '/protected', { token: old })
  expect([refused.status, refused.body.error]).toEqual([401, 'session_signed_out'])
  const { sessions } = (await send('GET', '/sessions', { jar })).body as {
    sessions?: Array<{ id: string; ended: { reason: string } | null }>
  }
  expect(sessions!.find(({ id }) => id === String(first))!.ended!.reason).toBe('replaced')
})

test('sign-in in header mode: does not change cookies', async () => {
  const { register, send, signInWithCookies, origin } = await startServer()
  await register()
  const jar = new Jar()
  await signInWithCookies(jar)
  expect(
    (
      await send('POST', '/login', {
        json: { username: 'ada', password: PASSWORD },
        jar,
        headers: { origin },
      })
    ).cookies,
  ).toEqual([])
  expect((await send('GET', '/protected', { jar })).status).toBe(200)
})
