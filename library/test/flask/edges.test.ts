/** Where Flask-JWT-Extended breaks, or lets something pass that nobody meant: we refuse cleanly, and never accept what it rejects. */
import { expect, test } from 'vitest'
import { createAuth, type AuthEvent } from 'latchkey'
import { fromFlask, type FlaskConfig } from 'latchkey/flask'
import type { DialectOptions } from '../../src/http/auth-types.ts'
import { refusalReply } from '../../src/http/replies.ts'
import { request, type RequestParts } from '../http/request.ts'
import { askUs } from './ask.ts'
import { claimsAt, SECRET, sign } from './tokens.ts'

const NOW = 1_800_000_000
const CLOCK = { now: () => NOW * 1000 }
const good = sign(claimsAt(NOW))
const bearer = { headers: { authorization: `Bearer ${good}` } }
const make = (options: Omit<DialectOptions, 'dialect'> = {}, config: FlaskConfig = {}) =>
  createAuth({ ...fromFlask({ JWT_SECRET_KEY: SECRET, ...config }), ...CLOCK, ...options })
const say = async (
  options: Omit<DialectOptions, 'dialect'>,
  parts: RequestParts = bearer,
  config: FlaskConfig = {},
) => {
  const outcome = await make(options, config).authenticate(request(parts))
  return outcome.ok
    ? 'passed'
    : [refusalReply(outcome).status, (refusalReply(outcome).body as { msg: string }).msg]
}

test('a body that is a list, a number or a text', async () => {
  for (const body of ['["x"]', '5', '"x"', 'true']) {
    const parts = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
    expect(await say({}, parts, { JWT_TOKEN_LOCATION: 'json' })).toEqual([
      401,
      'Missing "access_token" key in json data.',
    ])
  }
})

test('a body without end', async () => {
  const parts = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"access_token":"${'x'.repeat(20_000)}"}`,
  }
  expect(await say({}, parts, { JWT_TOKEN_LOCATION: 'json' })).toEqual([
    413,
    'The body is too large.',
  ])
})

test('a CSRF value, or claim, that is no ASCII text', async () => {
  const post = (token: string, value: string) => ({
    method: 'POST',
    headers: { cookie: `access_token_cookie=${token}`, 'x-csrf-token': value },
  })
  const config = { JWT_TOKEN_LOCATION: 'cookies' } as const
  expect(await say({}, post(good, 'é'.repeat(36)), config)).toEqual([
    401,
    'CSRF double submit tokens do not match',
  ])
  for (const odd of [5, null, ['x'], { a: 1 }]) {
    expect(await say({}, post(sign({ ...claimsAt(NOW), csrf: odd }), 'x'), config)).toEqual([
      401,
      'CSRF double submit tokens do not match',
    ])
  }
})

test('CSRF methods in small letters protect all the same', async () => {
  const parts = { method: 'POST', headers: { cookie: `access_token_cookie=${good}` } }
  expect(
    await say({}, parts, { JWT_TOKEN_LOCATION: 'cookies', JWT_CSRF_METHODS: ['post'] }),
  ).toEqual([401, 'Missing CSRF token'])
})

test('a valid header does not save a cookie without CSRF before it', async () => {
  const parts = {
    method: 'POST',
    headers: { cookie: `access_token_cookie=${good}`, authorization: `Bearer ${good}` },
  }
  expect(await say({}, parts, { JWT_TOKEN_LOCATION: ['cookies', 'headers'] })).toEqual([
    401,
    'Missing CSRF token',
  ])
})

test('half a surrogate pair', async () => {
  const parts = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: String.raw`{"access_token":"\ud800.b.c"}`,
  }
  expect(await say({}, parts, { JWT_TOKEN_LOCATION: 'json' })).toEqual([
    422,
    'Invalid header padding',
  ])
})

test('lists a hundred thousand deep, and texts without end', async () => {
  const deep = `${'['.repeat(6000)}${']'.repeat(6000)}`
  for (const token of [
    sign(`{"sub":"ada","a":${deep}}`),
    sign(claimsAt(NOW), deep),
    `${'x'.repeat(1_000_000)}.y.z`,
    '.'.repeat(100_000),
  ]) {
    const outcome = make().decodeToken(token)
    expect(outcome).toMatchObject({ ok: false, status: 422 })
  }
})

test('claims with the names of an object’s own', async () => {
  const token = sign(
    `${JSON.stringify(claimsAt(NOW)).slice(0, -1)},"__proto__":{"admin":true},"constructor":1}`,
  )
  expect((await askUs({}, { headers: { authorization: `Bearer ${token}` } }, CLOCK)).status).toBe(
    200,
  )
  expect(({} as { admin?: boolean }).admin).toBeUndefined()
  expect((await askUs({ JWT_IDENTITY_CLAIM: 'toString' }, bearer, CLOCK)).body).toEqual({
    msg: 'Missing claim: toString',
  })
})

test('OPTIONS passes with nobody, even with a bad token', async () => {
  const outcome = await make().authenticate(
    request({ method: 'OPTIONS', headers: { authorization: 'Bearer x' } }),
  )
  expect(outcome).toEqual({ ok: true, identity: null })
  expect(await say({}, { method: 'HEAD' })).toEqual([401, 'Missing Authorization Header'])
})

test('keys by callback: none, a wrong one, one that is late, and one that fails', async () => {
  const events: AuthEvent[] = []
  const onEvent = (event: AuthEvent) => void events.push(event)
  expect(await say({ decodeKey: () => SECRET })).toBe('passed')
  expect(
    await say({
      decodeKey: async (header, claims) =>
        header.alg === 'HS256' && claims.sub === 'ada' ? SECRET : null,
    }),
  ).toBe('passed')
  for (const answer of [
    null,
    undefined,
    '',
    5,
    {},
    'another secret of more than thirty-two bytes',
  ]) {
    expect(await say({ decodeKey: () => answer as never })).toEqual([
      422,
      'Signature verification failed',
    ])
  }
  const failed = await say({
    decodeKey: () => {
      throw new Error('away')
    },
    onEvent,
  })
  expect(failed).toEqual([
    503,
    'The service is busy for a moment and nothing was lost. Send the same request again.',
  ])
  expect(events).toMatchObject([{ type: 'callback-failed', name: 'decodeKey' }])
  const own = make({ encodeKey: async () => 'another secret of more than thirty-two bytes' })
  expect(own.decodeToken(await own.createAccessToken('ada'))).toMatchObject({
    message: 'Signature verification failed',
  })
})

test('callbacks are waited for, and one that fails or forgets to answer lets nobody pass', async () => {
  expect(
    await say({
      isRevoked: async () => false,
      verifyClaims: async () => true,
      lookupUser: async () => 0,
    }),
  ).toBe('passed')
  expect(await say({ isRevoked: async () => true })).toEqual([401, 'Token has been revoked'])
  expect(await say({ lookupUser: async () => null })).toEqual([401, 'Error loading the user ada'])
  expect(await say({ verifyClaims: () => undefined as never })).toEqual([
    400,
    'User claims verification failed',
  ])
  for (const isRevoked of [() => undefined as never, () => Promise.reject(new Error('away'))])
    expect((await say({ isRevoked }))[0]).toBe(503)
})

test('a token without jti reaches isRevoked as one that has none', async () => {
  const token = sign({ ...claimsAt(NOW), jti: undefined })
  const isRevoked = ({ claims }: { claims: { jti: unknown } }) => claims.jti === null
  expect(await say({ isRevoked }, { headers: { authorization: `Bearer ${token}` } })).toEqual([
    401,
    'Token has been revoked',
  ])
})

test('answers of the application’s own, which cannot be mistaken for a success', async () => {
  const answers: DialectOptions['answers'] = {
    token_missing: ({ message }) => ({ status: 403, body: { why: message } }),
    token_expired: async (_refusal, token) => ({
      status: 404,
      body: { who: token?.claims.sub, alg: token?.header.alg },
    }),
    token_invalid: () => ({ status: 200, body: 'fine' }),
  }
  const ask = async (authorization?: string) => {
    const outcome = await make({ answers }).authenticate(
      request({ headers: authorization === undefined ? {} : { authorization } }),
    )
    return outcome.ok ? null : refusalReply(outcome)
  }
  expect(await ask()).toMatchObject({ status: 403, body: { why: 'Missing Authorization Header' } })
  expect(await ask(`Bearer ${sign({ ...claimsAt(NOW), exp: NOW - 1 })}`)).toMatchObject({
    status: 404,
    body: { who: 'ada', alg: 'HS256' },
  })
  expect(await ask('Bearer x')).toMatchObject({ status: 422, body: { msg: 'Not enough segments' } })
})

test('claims, headers and identity of an object; the user in the request', async () => {
  const auth = make({
    identity: (user: { id: number }) => String(user.id),
    claims: async () => ({ roles: ['admin'], team: 1 }),
    headers: () => ({ kid: 'k' }),
    lookupUser: ({ claims }) => ({ name: claims.roles }),
  })
  const token = await auth.createAccessToken({ id: 7 } as never, { claims: { team: 2 } })
  const who = await auth.authenticate(request({ headers: { authorization: `Bearer ${token}` } }))
  expect(who).toMatchObject({
    identity: '7',
    claims: { roles: ['admin'], team: 2 },
    header: { kid: 'k' },
    location: 'headers',
    user: { name: ['admin'] },
  })
  expect(() => make({ claims: () => 'x' as never }).createAccessToken('ada')).toThrow(
    /"claims" must return an object/,
  )
})

test('a short secret is taken, with a warning', async () => {
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  const auth = createAuth({ ...fromFlask({ JWT_SECRET_KEY: 'foobarbaz' }), ...CLOCK })
  expect(auth.decodeToken(auth.createAccessToken('ada'))).toMatchObject({ ok: true })
  expect((await warned).message).toMatch(/shorter than HS256 asks for/)
})
