import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { expect, test } from 'vitest'
import { HOUR, MINUTE, startServer, type TestServer } from './server.ts'

const PATHS = ['/protected', '/session', '/session/events', '/sessions'] as const

async function refusedEverywhere({ send }: TestServer, token: string, code: string): Promise<void> {
  for (const path of PATHS) {
    const { status, body, headers } = await send('GET', path, { token })
    expect([path, status, body.error]).toEqual([path, 401, code])
    expect(headers['www-authenticate']).toMatch(/^Bearer realm="latchkey"/)
  }
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const read = (text: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>

test('no token: token_missing on every protected route', async () => {
  const { send } = await startServer()
  for (const path of PATHS) expect((await send('GET', path)).body.error).toBe('token_missing')
})

test('access token: accepted on /protected, /session and /sessions', async () => {
  const server = await startServer()
  const { access_token } = await server.register()
  for (const path of ['/protected', '/session', '/sessions'])
    expect((await server.send('GET', path, { token: access_token })).status).toBe(200)
})

test('access token: expired, refused as such; a refresh still works', async () => {
  const server = await startServer()
  const { access_token, refresh_token } = await server.register()
  server.clock.advance(6 * MINUTE)
  await refusedEverywhere(server, access_token, 'token_expired')
  const { status, body } = await server.send('POST', '/refresh', { token: refresh_token })
  expect([status, body.generation]).toEqual([200, 1])
  expect(
    (await server.send('GET', '/protected', { token: String(body.access_token) })).status,
  ).toBe(200)
})

test('access token: with any character changed, refused', async () => {
  const server = await startServer()
  const { access_token } = await server.register()
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (let at = 0; at < access_token.length; at += 7) {
    const index = alphabet.indexOf(access_token[at]!)
    if (index === -1) continue
    const changed = access_token.slice(0, at) + alphabet[index ^ 1]! + access_token.slice(at + 1)
    expect((await server.send('GET', '/protected', { token: changed })).body.error).toBe(
      'token_invalid',
    )
  }
})

test('access token: unsigned, or signed with another key or the public key, refused', async () => {
  const server = await startServer()
  const { access_token } = await server.register()
  const [first, second] = access_token.split('.') as [string, string, string]
  const claims = { ...read(second), sub: 'another user', username: 'admin' }
  const header = read(first)
  await refusedEverywhere(
    server,
    `${part({ alg: 'none', typ: 'at+jwt' })}.${part(claims)}.`,
    'token_invalid',
  )
  await refusedEverywhere(server, `${part({ ...header, alg: 'none' })}.${second}.`, 'token_invalid')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const input = `${first}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(input), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  })
  await refusedEverywhere(server, `${input}.${signature.toString('base64url')}`, 'token_invalid')
  const jwks = (await server.send('GET', '/.well-known/jwks.json')).text
  const confused = `${part({ ...header, alg: 'HS256' })}.${part(claims)}`
  await refusedEverywhere(
    server,
    `${confused}.${createHmac('sha256', jwks).update(confused).digest('base64url')}`,
    'token_invalid',
  )
})

test('tokens: those of another server are refused', async () => {
  const [first, second] = [await startServer(), await startServer()]
  const { access_token, refresh_token } = await first.register()
  await refusedEverywhere(second, access_token, 'token_invalid')
  expect((await second.send('POST', '/refresh', { token: refresh_token })).body.error).toBe(
    'token_invalid',
  )
})

test('tokens: one kind is refused in place of the other', async () => {
  const server = await startServer()
  const { access_token, refresh_token } = await server.register()
  await refusedEverywhere(server, refresh_token, 'token_type_invalid')
  const { status, body } = await server.send('POST', '/refresh', { token: access_token })
  expect([status, body.error]).toEqual([401, 'token_type_invalid'])
})

test('tokens: ignored in the query string', async () => {
  const server = await startServer()
  const { access_token, refresh_token } = await server.register()
  for (const name of ['access_token', 'token', 'jwt']) {
    expect((await server.send('GET', `/protected?${name}=${access_token}`)).body.error).toBe(
      'token_missing',
    )
  }
  expect((await server.send('POST', `/refresh?refresh_token=${refresh_token}`)).body.error).toBe(
    'token_missing',
  )
})

test('refresh: concurrent requests get the same refresh token', async () => {
  const server = await startServer()
  const { refresh_token } = await server.register()
  server.clock.advance(HOUR)
  const responses = await Promise.all(
    Array.from({ length: 20 }, () => server.send('POST', '/refresh', { token: refresh_token })),
  )
  expect(responses.every(({ status }) => status === 200)).toBe(true)
  expect(new Set(responses.map(({ body }) => body.refresh_token)).size).toBe(1)
})

test('refresh: accepts a token in the body, refuses a malformed attempt header', async () => {
  const { send, register } = await startServer()
  const { refresh_token } = await register()
  expect((await send('POST', '/refresh', { json: { refresh_token } })).status).toBe(200)
  expect((await send('POST', '/refresh', { form: { refresh_token } })).status).toBe(200)
  const { status, body } = await send('POST', '/refresh', {
    json: { refresh_token },
    headers: { 'refresh-attempt': 'x' },
  })
  expect([status, body.error]).toEqual([400, 'request_invalid'])
})

test('refresh: a reused token ends the session, and the owner sees why', async () => {
  const server = await startServer()
  const stolen = await server.register()
  const refresh = (token: string) =>
    server.send('POST', '/refresh', { token, headers: { 'user-agent': 'thief/1.0' } })
  server.clock.advance(HOUR)
  const owner = (await server.send('POST', '/refresh', { token: stolen.refresh_token })).body
  await server.send('GET', '/protected', { token: String(owner.access_token) })
  server.clock.advance(HOUR)
  const owners = (await server.send('POST', '/refresh', { token: String(owner.refresh_token) }))
    .body
  const thief = await refresh(stolen.refresh_token)
  expect([thief.status, thief.body.error]).toEqual([401, 'refresh_token_reused'])
  const after = await server.send('POST', '/refresh', { token: String(owners.refresh_token) })
  expect([after.status, after.body.error]).toEqual([401, 'refresh_token_reused'])
  await refusedEverywhere(server, String(owners.access_token), 'refresh_token_reused')

  const { access_token } = await server.signIn()
  const { sessions } = (await server.send('GET', '/sessions', { token: access_token }))
    .body as unknown as {
    sessions: Array<{
      id: string
      ended: {
        reason: string
        details: { presented: number; current: number; device: { userAgent: string } }
      } | null
    }>
  }
  const ended = sessions.find(({ id }) => id === stolen.session_id)!.ended!
  expect(ended.reason).toBe('reused')
  expect(ended.details).toMatchObject({
    presented: 0,
    current: 2,
    device: { userAgent: 'thief/1.0', address: '127.0.0.1' },
  })
  expect(server.output.join('')).toContain('"level":"warning","event":"reused"')
})

test('refresh: refused after the idle and after the absolute lifetime', async () => {
  const server = await startServer({
    LATCHKEY_IDLE_LIFETIME: '3600',
    LATCHKEY_ABSOLUTE_LIFETIME: '7200',
  })
  const idle = await server.register()
  server.clock.advance(HOUR)
  expect((await server.send('POST', '/refresh', { token: idle.refresh_token })).body.error).toBe(
    'session_idle',
  )
  let { refresh_token } = await server.signIn()
  for (let minutes = 0; minutes < 90; minutes += 30) {
    server.clock.advance(30 * MINUTE)
    refresh_token = String(
      (await server.send('POST', '/refresh', { token: refresh_token })).body.refresh_token,
    )
  }
  server.clock.advance(30 * MINUTE)
  expect((await server.send('POST', '/refresh', { token: refresh_token })).body.error).toBe(
    'session_expired',
  )
})

test('JWKS: contains public members only', async () => {
  const { send } = await startServer()
  const { keys } = (await send('GET', '/.well-known/jwks.json')).body as unknown as {
    keys: Array<Record<string, unknown>>
  }
  expect(keys).toHaveLength(1)
  expect(Object.keys(keys[0]!).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
})
