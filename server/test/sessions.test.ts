import { expect, test } from 'vitest'
import { Jar } from './client.ts'
import { PASSWORD, startServer, type TestServer, type Tokens } from './server.ts'

interface Listed {
  id: string
  current: boolean
  ended: { reason: string } | null
}
const list = async ({ send }: TestServer, token: string): Promise<Listed[]> =>
  (await send('GET', '/sessions', { token })).body.sessions as unknown as Listed[]

test('sign-out: 204, and both tokens are refused', async () => {
  const { send, register } = await startServer()
  const { access_token, refresh_token } = await register()
  const { status, text } = await send('POST', '/logout', { token: refresh_token })
  expect([status, text]).toEqual([204, ''])
  expect((await send('GET', '/protected', { token: access_token })).body.error).toBe(
    'session_signed_out',
  )
  expect((await send('POST', '/refresh', { token: refresh_token })).body.error).toBe(
    'session_signed_out',
  )
})

test('sign-out: clears the cookies; again, without a session, it is refused', async () => {
  const server = await startServer()
  await server.register()
  const jar = new Jar()
  await server.signInWithCookies(jar)
  const access = jar.get('latchkey-access')!
  for (const expected of [204, 401]) {
    expect(
      (await server.send('POST', '/logout', { jar, headers: { origin: server.origin } })).status,
    ).toBe(expected)
    expect([...jar.keys()]).toEqual(['latchkey-device'])
  }
  expect((await server.send('GET', '/protected', { token: access })).body.error).toBe(
    'session_signed_out',
  )
})

test('session list: has the devices and marks the current session', async () => {
  const server = await startServer()
  const first = await server.register()
  const { access_token, session_id } = (
    await server.send('POST', '/login', {
      json: { username: 'ada', password: PASSWORD },
      headers: { 'user-agent': 'curl/8.5.0' },
    })
  ).body as unknown as typeof first
  await server.register('eve')
  const sessions = (await server.send('GET', '/sessions', { token: access_token })).body
    .sessions as unknown as Array<Record<string, unknown>>
  expect(sessions).toHaveLength(2)
  expect(sessions.find(({ id }) => id === session_id)).toEqual({
    id: session_id,
    current: true,
    device: { userAgent: 'curl/8.5.0', address: '127.0.0.1' },
    created_at: '2026-06-01T12:00:00.000Z',
    last_used_at: '2026-06-01T12:00:00.000Z',
    idle_ends_at: '2026-07-01T12:00:00.000Z',
    ends_at: '2026-08-30T12:00:00.000Z',
    generation: 0,
    ended: null,
  })
  expect(sessions.find(({ id }) => id === first.session_id)).toMatchObject({ current: false })
})

test('ending a session: possible from another session of the account', async () => {
  const server = await startServer()
  const lost = await server.register()
  const { access_token } = await server.signIn()
  expect(
    (await server.send('DELETE', `/sessions/${lost.session_id}`, { token: access_token })).status,
  ).toBe(204)
  expect((await server.send('GET', '/protected', { token: lost.access_token })).body.error).toBe(
    'session_signed_out',
  )
  expect(
    (await list(server, access_token)).find(({ id }) => id === lost.session_id)!.ended!.reason,
  ).toBe('signed-out')
})

test('ending a session: of another account, 404 as for an unknown one, and not ended', async () => {
  const server = await startServer()
  const adas = await server.register('ada')
  const eves = await server.register('eve')
  const foreign = await server.send('DELETE', `/sessions/${adas.session_id}`, {
    token: eves.access_token,
  })
  const none = await server.send('DELETE', `/sessions/${'A'.repeat(22)}`, {
    token: eves.access_token,
  })
  expect([foreign.status, foreign.text]).toEqual([404, none.text])
  expect((await server.send('GET', '/protected', { token: adas.access_token })).status).toBe(200)
  expect(
    (await server.send('DELETE', '/sessions/short', { token: eves.access_token })).status,
  ).toBe(404)
})

test('ending all other sessions: keeps the current one and those of other accounts', async () => {
  const server = await startServer()
  const first = await server.register()
  const second = await server.signIn()
  const eve = await server.register('eve')
  const { access_token } = await server.signIn()
  const { status, body } = await server.send('DELETE', '/sessions', { token: access_token })
  expect([status, body]).toEqual([200, { ended: 2 }])
  for (const ended of [first, second])
    expect((await server.send('GET', '/protected', { token: ended.access_token })).status).toBe(401)
  for (const alive of [access_token, eve.access_token])
    expect((await server.send('GET', '/protected', { token: alive })).status).toBe(200)
})

test('ending sessions: with a token that is not fresh, only its own', async () => {
  const server = await startServer()
  const other = await server.register()
  const { refresh_token } = await server.signIn()
  const { access_token, session_id } = (
    await server.send('POST', '/refresh', { token: refresh_token })
  ).body as Record<string, string>
  for (const path of ['/sessions', `/sessions/${other.session_id}`]) {
    const { status, body } = await server.send('DELETE', path, { token: access_token! })
    expect([status, body.error]).toEqual([401, 'fresh_required'])
  }
  expect((await server.send('GET', '/protected', { token: other.access_token })).status).toBe(200)
  expect(
    (await server.send('DELETE', `/sessions/${session_id!}`, { token: access_token! })).status,
  ).toBe(204)
})

test('password change: ends all other sessions, and only the new password signs in', async () => {
  const server = await startServer()
  const other = await server.register()
  const { access_token, refresh_token } = await server.signIn()
  const change = (current: string, next: string, token = access_token) =>
    server.send('POST', '/account/password', {
      json: { current_password: current, new_password: next },
      token,
    })
  expect((await change('a guess that is wrong', 'quite another sentence')).body.error).toBe(
    'current_password_invalid',
  )
  expect((await change(PASSWORD, 'short')).body.error).toBe('password_too_short')
  expect((await server.send('GET', '/protected', { token: other.access_token })).status).toBe(200)

  expect((await change(PASSWORD, PASSWORD)).body.error).toBe('password_unchanged')

  const { status, body } = await change(PASSWORD, 'quite another sentence')
  const changed = body as unknown as Tokens
  expect(status).toBe(200)
  expect((await server.send('GET', '/protected', { token: changed.access_token })).status).toBe(200)
  expect((await server.send('POST', '/refresh', { token: changed.refresh_token })).status).toBe(200)
  // Copies of the tokens that changed it are worth nothing either.
  for (const token of [refresh_token, other.refresh_token])
    expect((await server.send('POST', '/refresh', { token })).body.error).toBe('session_signed_out')
  expect((await server.send('GET', '/protected', { token: access_token })).status).toBe(401)
  expect(
    (await list(server, changed.access_token)).find(({ id }) => id === other.session_id)!.ended!
      .reason,
  ).toBe('password-changed')
  expect(
    (await server.send('POST', '/login', { json: { username: 'ada', password: PASSWORD } })).status,
  ).toBe(401)
  expect(
    (
      await server.send('POST', '/login', {
        json: { username: 'ada', password: 'quite another sentence' },
      })
    ).status,
  ).toBe(200)
})

test('password change: a concurrent sign-in with the old password fails', async () => {
  const server = await startServer()
  const { access_token } = await server.register()
  const change = () =>
    server.send('POST', '/account/password', {
      json: { current_password: PASSWORD, new_password: 'quite another sentence' },
      token: access_token,
    })
  let changed = { access_token: '' }
  server.hashing.duringVerify = async () => {
    const response = await change()
    expect(response.status).toBe(200)
    changed = response.body as unknown as Tokens
  }
  const { status, body } = await server.send('POST', '/login', {
    json: { username: 'ada', password: PASSWORD },
  })
  expect([status, body.error]).toEqual([401, 'credentials_invalid'])
  expect(
    (await list(server, changed.access_token)).filter(({ ended }) => ended === null),
  ).toHaveLength(1)
})

test('password change: of cookies; the browser gets those of a new session', async () => {
  const server = await startServer()
  await server.register()
  const jar = new Jar()
  await server.signInWithCookies(jar)
  const before = new Map(jar)
  const { status, body } = await server.send('POST', '/account/password', {
    json: { current_password: PASSWORD, new_password: 'quite another sentence' },
    headers: { 'sec-fetch-site': 'same-origin' },
    jar,
  })
  expect([status, Object.keys(body).includes('access_token')]).toEqual([200, false])
  for (const name of ['access', 'refresh', 'session', 'device'])
    expect(jar.get(`latchkey-${name}`), name).not.toBe(before.get(`latchkey-${name}`))
  expect((await server.send('GET', '/protected', { jar })).status).toBe(200)
})

test('password change: devices that were known are not known any more', async () => {
  const server = await startServer({ LATCHKEY_TRUST_PROXY: '1' })
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const first = await server.send('POST', '/register', {
    json: { username: 'ada', password: PASSWORD },
    headers: from('192.0.2.1'),
  })
  const device = String(first.headers['latchkey-device'])
  const changed = await server.send('POST', '/account/password', {
    json: { current_password: PASSWORD, new_password: 'quite another sentence' },
    token: String(first.body.access_token),
  })
  const signIn = async (deviceHeader: string) =>
    server.send('POST', '/login', {
      json: { username: 'ada', password: 'quite another sentence' },
      headers: { 'latchkey-device': deviceHeader, ...from('203.0.113.9') },
    })
  for (let failures = 0; failures < 5; failures++)
    await server.send('POST', '/login', {
      json: { username: 'ada', password: 'a guess that is wrong' },
      headers: from('198.51.100.1'),
    })
  expect((await signIn(device)).status).toBe(429)
  expect((await signIn(String(changed.headers['latchkey-device']))).status).toBe(200)
})

test('password change: of two concurrent ones, one succeeds', async () => {
  const server = await startServer()
  const { access_token } = await server.register()
  const change = (next: string) =>
    server.send('POST', '/account/password', {
      json: { current_password: PASSWORD, new_password: next },
      token: access_token,
    })
  const statuses = (
    await Promise.all([change('the first new sentence'), change('the second new sentence')])
  ).map(({ status }) => status)
  expect(new Set(statuses)).toEqual(new Set([200, 403]))
})

test('password change: missing fields are named', async () => {
  const { send, register } = await startServer()
  const { access_token: token } = await register()
  const messageOf = async (json: object) =>
    (await send('POST', '/account/password', { json, token })).body.message
  expect(await messageOf({})).toMatch(/"current_password"/)
  expect(await messageOf({ current_password: PASSWORD })).toMatch(/"new_password"/)
  expect((await send('POST', '/account/password', { json: {} })).body.error).toBe('token_missing')
})

test('GET /session: describes the session and its tokens, without a token', async () => {
  const server = await startServer()
  const { access_token, refresh_token, session_id } = await server.register()
  server.clock.advance(40)
  await server.send('POST', '/refresh', { token: refresh_token })
  const { status, body, text } = await server.send('GET', '/session', { token: access_token })
  expect(status).toBe(200)
  expect(body).toMatchObject({
    username: 'ada',
    access: {
      header: { alg: 'ES256', typ: 'at+jwt' },
      claims: { sid: session_id, username: 'ada', fresh: true },
      expires_in: expect.any(Number),
    },
    refresh: {
      session_id,
      generation: 1,
      issued_at: '2026-06-01T12:00:40.000Z',
      rotates: true,
    },
    events: [
      {
        type: 'signed-in',
        generation: 0,
        at: '2026-06-01T12:00:00.000Z',
        device: { address: '127.0.0.1' },
      },
      { type: 'refreshed', generation: 1 },
    ],
  })
  for (const token of [access_token, refresh_token])
    for (const secret of token.split('.').slice(-1)) expect(text).not.toContain(secret)
})

test('sessions: one more than the limit ends the one that was not used for longest', async () => {
  const server = await startServer({ LATCHKEY_MAX_SESSIONS: '3' })
  const first = await server.register()
  const second = await server.signIn()
  const third = await server.signIn()
  server.clock.advance(60)
  await server.send('POST', '/refresh', { token: first.refresh_token })
  server.clock.advance(60)
  const { access_token, session_id } = await server.signIn()
  const sessions = await list(server, access_token)
  const live = sessions.filter(({ ended }) => ended === null).map(({ id }) => id)
  expect(live).toHaveLength(3)
  expect(live).toContain(session_id)
  expect(live).toContain(first.session_id)
  const ended = sessions.find(({ ended }) => ended !== null)!
  expect([second.session_id, third.session_id]).toContain(ended.id)
  expect(ended.ended!.reason).toBe('too-many-sessions')
})

test('sessions: a sign-in that replaces a session of the browser ends no other', async () => {
  const server = await startServer({ LATCHKEY_MAX_SESSIONS: '2' })
  const other = await server.register()
  const jar = new Jar()
  await server.signInWithCookies(jar)
  await server.signInWithCookies(jar)
  const live = (await list(server, other.access_token)).filter(({ ended }) => ended === null)
  expect(live).toHaveLength(2)
  expect(live.map(({ id }) => id)).toContain(other.session_id)
})

test('sessions: listed in pages, the current one first', async () => {
  const server = await startServer()
  const { access_token, session_id } = await server.register()
  for (let count = 0; count < 4; count++) await server.signIn()
  const read = async (query: string) =>
    (await server.send('GET', `/sessions${query}`, { token: access_token })).body as unknown as {
      sessions: Listed[]
      next_cursor: string | null
    }
  const ids: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const { sessions, next_cursor }: Awaited<ReturnType<typeof read>> = await read(
      `?limit=2&cursor=${cursor}`,
    )
    expect(sessions.length).toBeLessThanOrEqual(2)
    ids.push(...sessions.map(({ id }) => id))
    cursor = next_cursor
  }
  expect(ids[0]).toBe(session_id)
  expect(new Set(ids).size).toBe(5)
  for (const query of ['?limit=0', '?limit=-1', '?limit=x', '?limit=1e9', '?cursor=unknown'])
    expect((await read(query)).sessions[0]!.id, query).toBe(session_id)
})
