import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import { expect, test } from 'vitest'
import { Jar, type Sent } from './client.ts'
import { PASSWORD, startServer } from './server.ts'

test('a sign-in answers both tokens and their times', async () => {
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

test('a form of a program, not of a page, is answered with JSON', async () => {
  const { send, register } = await startServer()
  await register()
  const { status, body } = await send('POST', '/login', {
    form: { username: 'ada', password: PASSWORD },
  })
  expect([status, body.token_type]).toEqual([200, 'Bearer'])
})

test('wrong password: 401, and the words do not say what was wrong', async () => {
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

test('unknown user: the same bytes and the same work as for a wrong password', async () => {
  const { send, register, work } = await startServer()
  await register()
  const ask = async (username: string) => {
    work.verified = []
    const { status, text, headers } = await send('POST', '/login', {
      json: { username, password: 'not the right one' },
    })
    const { date: _date, ...rest } = headers
    return { status, text, rest, verified: work.verified, hashed: work.hashed }
  }
  work.hashed = 0
  const wrong = await ask('ada')
  expect(wrong.verified).toEqual(['m=19456,t=2,p=1$'])
  expect(await ask('eve')).toEqual(wrong)
})

test('a name is the same in another case and in another Unicode form', async () => {
  const { send, register } = await startServer()
  await register('Zoë Straße')
  for (const username of ['zoë straße', 'ZOE\u0308 STRASSE', 'ＺＯË Straße']) {
    expect((await send('POST', '/login', { json: { username, password: PASSWORD } })).status).toBe(
      200,
    )
  }
})

test('a password is compared whole, with its case, and in one Unicode form', async () => {
  const { send } = await startServer()
  const password = `Käse ${'x'.repeat(80)} Ende`
  expect((await send('POST', '/register', { json: { username: 'ada', password } })).status).toBe(
    200,
  )
  const statusOf = async (given: string) =>
    (await send('POST', '/login', { json: { username: 'ada', password: given } })).status
  expect(await statusOf(password.normalize('NFD'))).toBe(200)
  expect(await statusOf(password.toLowerCase())).toBe(401)
  expect(await statusOf(password.slice(0, 72))).toBe(401)
})

test('a password that is longer than any is wrong without any work', async () => {
  const { send, register, work } = await startServer()
  await register()
  for (const password of ['x'.repeat(257), 'x'.repeat(10_000)]) {
    expect((await send('POST', '/login', { json: { username: 'ada', password } })).body.error).toBe(
      'credentials_invalid',
    )
  }
  expect(work.verified).toEqual([])
})

const UNREADABLE: ReadonlyArray<
  [name: string, sent: Sent, status: number, code: string, said: RegExp]
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
    'password that is no string',
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
    /read/,
  ],
  ['JSON that is no object', { json: ['ada', PASSWORD] }, 400, 'request_invalid', /read/],
  [
    'bytes that are no UTF-8',
    { body: Buffer.from([0x7b, 0xff, 0x7d]), headers: { 'content-type': 'application/json' } },
    400,
    'request_invalid',
    /read/,
  ],
  [
    'a field twice in a form',
    {
      body: 'username=a&username=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    400,
    'request_invalid',
    /read/,
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
    'multipart form',
    { body: '--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
    415,
    'media_type_unsupported',
    /application\/json/,
  ],
]

test.each(UNREADABLE)(
  '%s is refused before any work is done',
  async (_name, sent, status, code, said) => {
    const { send, work } = await startServer()
    for (const path of ['/login', '/register']) {
      const got = await send('POST', path, sent)
      expect([got.status, got.body.error]).toEqual([status, code])
      expect(got.body.message).toMatch(said)
    }
    expect(work).toMatchObject({ hashed: 0, verified: [] })
  },
)

test('a refusal never says back what was sent', async () => {
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

test('a hash of less work is renewed at the next sign-in, and the session stays', async () => {
  const { send, register, folder, services } = await startServer()
  await register()
  const database = new DatabaseSync(join(folder, 'latchkey.db'))
  const weak = await hash(PASSWORD, { memoryCost: 8192, timeCost: 1, parallelism: 1 })
  database.prepare('UPDATE user SET password_hash = ?').run(weak)
  expect(
    (await send('POST', '/login', { json: { username: 'ada', password: PASSWORD } })).status,
  ).toBe(200)
  const stored = async () => (await services.users.byName('ada'))!.passwordHash
  for (let waits = 0; waits < 200 && (await stored()) === weak; waits++)
    await send('GET', '/healthz')
  database.close()
  expect(services.passwords.isOutdated(await stored())).toBe(false)
  expect(
    (await send('POST', '/login', { json: { username: 'ada', password: PASSWORD } })).status,
  ).toBe(200)
})

test('in cookie mode no body holds a token; both are in cookies that no script reads', async () => {
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

test('over https every cookie is Secure and kept to this host by its name', async () => {
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

test('signing in again in one browser ends the session before, and says why', async () => {
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

test('a sign-in in header mode leaves the cookies of the browser alone', async () => {
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
