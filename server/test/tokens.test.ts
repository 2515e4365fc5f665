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

test('without a token nothing opens', async () => {
  const { send } = await startServer()
  for (const path of PATHS) expect((await send('GET', path)).body.error).toBe('token_missing')
})

test('an access token opens what is protected, also without the store knowing of it', async () => {
  const server = await startServer()
  const { access_token } = await server.register()
  for (const path of ['/protected', '/session', '/sessions'])
    expect((await server.send('GET', path, { token: access_token })).status).toBe(200)
})

test('expired access: 401 that says so, and a refresh goes on', async () => {
  const server = await startServer()
  const { access_token, refresh_token } = await server.register()
  server.clock.pass(6 * MINUTE)
  await refusedEverywhere(server, access_token, 'token_expired')
  const { status, body } = await server.send('POST', '/refresh', { token: refresh_token })
  expect([status, body.generation]).toEqual([200, 1])
  expect(
    (await server.send('GET', '/protected', { token: String(body.access_token) })).status,
  ).toBe(200)
})

test('forged token: no bit of it can be changed', async () => {
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

test('forged token: without a signature, with another key, or with our public key as a secret', async () => {
  const server = await startServer()
  const { access_token } = await server.register()
  const [first, second] = access_token.split('.') as [string, string, string]
  const claims = { ...read(second), sub: 'somebody else', username: 'admin' }
  const header = read(first)
  await refusedEverywhere(
    server,
    `${part({ alg: 'none', typ: 'at+jwt' })}.${part(claims)}.`,
    'token_invalid',
  )
  await refusedEverywhere(server, `${part({ ...header, alg: 'none' })}.${second}.`, 'token_invalid')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const input = `${first}.${part(claims)}`
  await refusedEverywhere(
    server,
    `${input}.${sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`,
    'token_invalid',
  )
  const jwks = (await server.send('GET', '/.well-known/jwks.json')).text
  const confused = `${part({ ...header, alg: 'HS256' })}.${part(claims)}`
  await refusedEverywhere(
    server,
    `${confused}.${createHmac('sha256', jwks).update(confused).digest('base64url')}`,
    'token_invalid',
  )
})

test('a token of another server is no token here', async () => {
  const [one, other] = [await startServer(), await startServer()]
  const { access_token, refresh_token } = await one.register()
  await refusedEverywhere(other, access_token, 'token_invalid')
  expect((await other.send('POST', '/refresh', { token: refresh_token })).body.error).toBe(
    'token_invalid',
  )
})

test('a refresh token opens nothing, and an access token refreshes nothing', async () => {
  const server = await startServer()
  const { access_token, refresh_token } = await server.register()
  await refusedEverywhere(server, refresh_token, 'token_type_invalid')
  const { status, body } = await server.send('POST', '/refresh', { token: access_token })
  expect([status, body.error]).toEqual([401, 'token_type_invalid'])
})

test('a token in an address is not looked at', async () => {
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

test('requests that cross all get the same successor', async () => {
  const server = await startServer()
  const { refresh_token } = await server.register()
  server.clock.pass(HOUR)
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => server.send('POST', '/refresh', { token: refresh_token })),
  )
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1)
})

test('a refresh token may stand in the body, and a wrong attempt header is refused', async () => {
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

test('reused refresh token: the session ends for both, and the owner is told why at the next sign-in', async () => {
  const server = await startServer()
  const stolen = await server.register()
  const refresh = (token: string) =>
    server.send('POST', '/refresh', { token, headers: { 'user-agent': 'thief/1.0' } })
  server.clock.pass(HOUR)
  const owner = (await server.send('POST', '/refresh', { token: stolen.refresh_token })).body
  await server.send('GET', '/protected', { token: String(owner.access_token) })
  server.clock.pass(HOUR)
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
  expect(server.written.join('')).toContain('"level":"warning","event":"reused"')
})

test('a session that is not used for too long ends, and at its last day in any case', async () => {
  const server = await startServer({
    LATCHKEY_IDLE_LIFETIME: '3600',
    LATCHKEY_ABSOLUTE_LIFETIME: '7200',
  })
  const idle = await server.register()
  server.clock.pass(HOUR)
  expect((await server.send('POST', '/refresh', { token: idle.refresh_token })).body.error).toBe(
    'session_idle',
  )
  let { refresh_token } = await server.signIn()
  for (let minutes = 0; minutes < 90; minutes += 30) {
    server.clock.pass(30 * MINUTE)
    refresh_token = String(
      (await server.send('POST', '/refresh', { token: refresh_token })).body.refresh_token,
    )
  }
  server.clock.pass(30 * MINUTE)
  expect((await server.send('POST', '/refresh', { token: refresh_token })).body.error).toBe(
    'session_expired',
  )
})

test('the public key verifies our tokens, and nothing private is published', async () => {
  const { send } = await startServer()
  const { keys } = (await send('GET', '/.well-known/jwks.json')).body as unknown as {
    keys: Array<Record<string, unknown>>
  }
  expect(keys).toHaveLength(1)
  expect(Object.keys(keys[0]!).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
})
