/**
 * Requests for which Flask-JWT-Extended responds with 500, or accepts what it should not. Latchkey
 * refuses them, and never accepts what Flask-JWT-Extended rejects.
 */
import { expect, test } from 'vitest'
import { createAuth, type AuthEvent } from 'latchkey'
import { fromFlask, type FlaskConfig } from 'latchkey/flask'
import type { DialectOptions } from '../../src/http/auth-types.ts'
import { refusalReply } from '../../src/http/replies.ts'
import { request, type RequestParts } from '../http/request.ts'
import { askLatchkey } from './ask-latchkey.ts'
import { claimsAt, SECRET, sign } from './tokens.ts'

const NOW = 1_800_000_000
const CLOCK = { now: () => NOW * 1000 }
const validToken = sign(claimsAt(NOW))
const bearer = { headers: { authorization: `Bearer ${validToken}` } }
const make = (options: Omit<DialectOptions, 'dialect'> = {}, config: FlaskConfig = {}) =>
  createAuth({ ...fromFlask({ JWT_SECRET_KEY: SECRET, ...config }), ...CLOCK, ...options })
const authenticate = async (
  options: Omit<DialectOptions, 'dialect'>,
  parts: RequestParts = bearer,
  config: FlaskConfig = {},
) => {
  const result = await make(options, config).authenticate(request(parts))
  return result.ok
    ? 'passed'
    : [refusalReply(result).status, (refusalReply(result).body as { msg: string }).msg]
}

test('a JSON body that is not an object: the token is missing', async () => {
  for (const body of ['["x"]', '5', '"x"', 'true']) {
    const parts = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
    expect(await authenticate({}, parts, { JWT_TOKEN_LOCATION: 'json' })).toEqual([
      401,
      'Missing "access_token" key in json data.',
    ])
  }
})

test('a body over the limit: 413, unless there is a token elsewhere', async () => {
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const body = JSON.stringify({ access_token: validToken, note: 'x'.repeat(1_100_000) })
  const locations = { JWT_TOKEN_LOCATION: ['json', 'headers'] } as const
  expect(await authenticate({}, { ...json, body }, locations)).toEqual([
    413,
    'The request body is too large.',
  ])
  const headers = { ...json.headers, authorization: `Bearer ${validToken}` }
  expect(await authenticate({}, { ...json, headers, body }, locations)).toBe('passed')
})

test('JWT_CSRF_CHECK_FORM: the field is found in multipart forms, and in long ones', async () => {
  const config = { JWT_TOKEN_LOCATION: 'cookies', JWT_CSRF_CHECK_FORM: true } as const
  const { csrf } = claimsAt(NOW)
  const post = async (form: FormData | URLSearchParams) => {
    const encoded = new Response(form)
    const headers = {
      cookie: `access_token_cookie=${validToken}`,
      'content-type': encoded.headers.get('content-type')!,
    }
    return authenticate({}, { method: 'POST', headers, body: await encoded.text() }, config)
  }
  const form = new FormData()
  form.append('note', 'x'.repeat(20_000))
  form.append('csrf_token', String(csrf))
  form.append('csrf_token', 'the first counts')
  expect(await post(form)).toBe('passed')
  const fields = new URLSearchParams({ note: 'x'.repeat(20_000), csrf_token: String(csrf) })
  expect(await post(fields)).toBe('passed')
  fields.set('note', 'x'.repeat(1_100_000))
  expect(await post(fields)).toEqual([413, 'The request body is too large.'])
})

test('a CSRF value or claim that is not ASCII text does not match', async () => {
  const post = (token: string, value: string) => ({
    method: 'POST',
    headers: { cookie: `access_token_cookie=${token}`, 'x-csrf-token': value },
  })
  const config = { JWT_TOKEN_LOCATION: 'cookies' } as const
  expect(await authenticate({}, post(validToken, 'é'.repeat(36)), config)).toEqual([
    401,
    'CSRF double submit tokens do not match',
  ])
  for (const odd of [5, null, ['x'], { a: 1 }]) {
    expect(
      await authenticate({}, post(sign({ ...claimsAt(NOW), csrf: odd }), 'x'), config),
    ).toEqual([401, 'CSRF double submit tokens do not match'])
  }
})

test('JWT_CSRF_METHODS in lower case protect those methods too', async () => {
  const parts = { method: 'POST', headers: { cookie: `access_token_cookie=${validToken}` } }
  expect(
    await authenticate({}, parts, { JWT_TOKEN_LOCATION: 'cookies', JWT_CSRF_METHODS: ['post'] }),
  ).toEqual([401, 'Missing CSRF token'])
})

test('a cookie without its CSRF value is refused, even if a valid header follows', async () => {
  const parts = {
    method: 'POST',
    headers: { cookie: `access_token_cookie=${validToken}`, authorization: `Bearer ${validToken}` },
  }
  expect(await authenticate({}, parts, { JWT_TOKEN_LOCATION: ['cookies', 'headers'] })).toEqual([
    401,
    'Missing CSRF token',
  ])
})

test('a token with half a surrogate pair is refused', async () => {
  const parts = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: String.raw`{"access_token":"\ud800.b.c"}`,
  }
  expect(await authenticate({}, parts, { JWT_TOKEN_LOCATION: 'json' })).toEqual([
    422,
    'Invalid header padding',
  ])
})

test('deeply nested JSON and very long tokens are refused', async () => {
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

test('claims named __proto__, constructor and toString have no effect', async () => {
  const token = sign(
    `${JSON.stringify(claimsAt(NOW)).slice(0, -1)},"__proto__":{"admin":true},"constructor":1}`,
  )
  expect(
    (await askLatchkey({}, { headers: { authorization: `Bearer ${token}` } }, CLOCK)).status,
  ).toBe(200)
  expect(({} as { admin?: boolean }).admin).toBeUndefined()
  expect((await askLatchkey({ JWT_IDENTITY_CLAIM: 'toString' }, bearer, CLOCK)).body).toEqual({
    msg: 'Missing claim: toString',
  })
})

test('OPTIONS passes without an identity, even with a bad token', async () => {
  const outcome = await make().authenticate(
    request({ method: 'OPTIONS', headers: { authorization: 'Bearer x' } }),
  )
  expect(outcome).toEqual({ ok: true, identity: null })
  expect(await authenticate({}, { method: 'HEAD' })).toEqual([401, 'Missing Authorization Header'])
})

test('decodeKey, encodeKey: sync or async; a wrong key refuses, an error is thrown', async () => {
  const events: AuthEvent[] = []
  const onEvent = (event: AuthEvent) => void events.push(event)
  expect(await authenticate({ decodeKey: () => SECRET })).toBe('passed')
  expect(
    await authenticate({
      decodeKey: async (header, claims) =>
        header.alg === 'HS256' && claims.sub === 'ada' ? SECRET : null,
    }),
  ).toBe('passed')
  for (const key of [null, undefined, '', 5, {}, 'another secret of more than thirty-two bytes']) {
    expect(await authenticate({ decodeKey: () => key as never })).toEqual([
      422,
      'Signature verification failed',
    ])
  }
  const failed = authenticate({
    decodeKey: () => {
      throw new Error('down')
    },
    onEvent,
  })
  // As in Flask, whose error handler gets it.
  await expect(failed).rejects.toThrow('down')
  expect(events).toMatchObject([{ type: 'callback-failed', name: 'decodeKey' }])
  const auth = make({ encodeKey: async () => 'another secret of more than thirty-two bytes' })
  expect(auth.decodeToken(await auth.createAccessToken('ada'))).toMatchObject({
    message: 'Signature verification failed',
  })
})

test('callbacks are awaited; one that fails or returns undefined throws', async () => {
  expect(
    await authenticate({
      isRevoked: async () => false,
      verifyClaims: async () => true,
      lookupUser: async () => 0,
    }),
  ).toBe('passed')
  expect(await authenticate({ isRevoked: async () => true })).toEqual([
    401,
    'Token has been revoked',
  ])
  expect(await authenticate({ lookupUser: async () => null })).toEqual([
    401,
    'Error loading the user ada',
  ])
  expect(await authenticate({ verifyClaims: () => undefined as never })).toEqual([
    400,
    'User claims verification failed',
  ])
  for (const isRevoked of [() => undefined as never, () => Promise.reject(new Error('down'))])
    await expect(authenticate({ isRevoked, onEvent: () => {} })).rejects.toThrow(Error)
})

test('isRevoked gets jti null for a token without one', async () => {
  const token = sign({ ...claimsAt(NOW), jti: undefined })
  const isRevoked = ({ claims }: { claims: { jti: unknown } }) => claims.jti === null
  expect(
    await authenticate({ isRevoked }, { headers: { authorization: `Bearer ${token}` } }),
  ).toEqual([401, 'Token has been revoked'])
})

test('answers: custom replies are sent; one with a 2xx status throws', async () => {
  const answers: DialectOptions['answers'] = {
    token_missing: ({ message }) => ({ status: 403, body: { why: message } }),
    token_expired: async (_refusal, token) => ({
      status: 404,
      body: { identity: token?.claims.sub, alg: token?.header.alg },
    }),
    token_invalid: () => ({ status: 200, body: 'fine' }),
  }
  const replyTo = async (authorization?: string) => {
    const result = await make({ answers, onEvent: () => {} }).authenticate(
      request({ headers: authorization === undefined ? {} : { authorization } }),
    )
    return result.ok ? null : refusalReply(result)
  }
  expect(await replyTo()).toMatchObject({
    status: 403,
    body: { why: 'Missing Authorization Header' },
  })
  expect(await replyTo(`Bearer ${sign({ ...claimsAt(NOW), exp: NOW - 1 })}`)).toMatchObject({
    status: 404,
    body: { identity: 'ada', alg: 'HS256' },
  })
  await expect(replyTo('Bearer x')).rejects.toThrow('must have a status from 300 to 599')
})

test('claims, headers and identity take a user object; lookupUser finds it again', async () => {
  const auth = make({
    identity: (user: { id: number }) => String(user.id),
    claims: async () => ({ roles: ['admin'], team: 1 }),
    headers: () => ({ kid: 'k' }),
    lookupUser: ({ claims }) => ({ name: claims.roles }),
  })
  const token = await auth.createAccessToken({ id: 7 }, { claims: { team: 2 } })
  const authenticated = await auth.authenticate(
    request({ headers: { authorization: `Bearer ${token}` } }),
  )
  expect(authenticated).toMatchObject({
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

test('a short secret is accepted with a warning', async () => {
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  const auth = createAuth({ ...fromFlask({ JWT_SECRET_KEY: 'foobarbaz' }), ...CLOCK })
  expect(auth.decodeToken(auth.createAccessToken('ada'))).toMatchObject({ ok: true })
  expect((await warned).message).toMatch(/shorter than RFC 7518 requires for HS256/)
})
