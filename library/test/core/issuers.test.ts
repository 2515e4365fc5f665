import { createPublicKey, type KeyObject } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { createAuth, type AuthEvent, type Issuer } from 'latchkey'
import { ALGORITHMS } from '../../src/core/algorithms.ts'
import { encode, NOW, SECOND, SECRET } from './forging.ts'
import { KEYS } from './keys.ts'

const ISSUER = 'https://id.example'
const seconds = NOW / SECOND
const publicKey = (alg: string) => createPublicKey(KEYS[alg]!)
const clock = { now: NOW }
let events: AuthEvent[]
beforeEach(() => {
  clock.now = NOW
  events = []
})

/** A token of the issuer. A change to undefined removes a member. */
function token(claims: object = {}, header: object = {}, alg = 'ES256'): string {
  const payload = {
    iss: ISSUER,
    sub: 'ada',
    aud: 'shop',
    iat: seconds,
    exp: seconds + 60,
    ...claims,
  }
  const input = `${encode({ alg, kid: 'one', typ: 'at+jwt', ...header })}.${encode(payload)}`
  return `${input}.${ALGORITHMS.get(alg)!.sign(KEYS[alg]!, input)}`
}

function serviceWith(issuer: Partial<Issuer> = {}, options: object = {}) {
  return createAuth({
    issuers: [
      {
        issuer: ISSUER,
        audience: 'shop',
        keys: [{ key: publicKey('ES256'), alg: 'ES256', kid: 'one' }],
        ...issuer,
      },
    ],
    now: () => clock.now,
    onEvent: (event) => events.push(event),
    ...options,
  })
}

/** Checks a token: `ok`, or the event that says why not. */
async function check(text: string, issuer: Partial<Issuer> = {}, options: object = {}) {
  const checked = await serviceWith(issuer, options).checkToken(text)
  if (checked.ok) return 'ok'
  if (checked.code !== 'token_invalid') return checked.code
  expect(checked).toEqual(await createAuth({ secret: SECRET }).checkToken('x'))
  const { type, at, reason, ...more } = events.at(-1) as object as { [name: string]: unknown }
  expect([type, at]).toEqual(['token-refused', clock.now])
  return Object.keys(more).length === 0 ? reason : { reason, ...more }
}
const refused = (reason: string, claim?: string) => ({
  reason,
  issuer: ISSUER,
  ...(claim && { claim }),
})

describe('the log says what was wrong', () => {
  test('another issuer, before anything else', async () => {
    for (const iss of [`${ISSUER}/`, ISSUER.toUpperCase(), 'https://other.example', 7, null])
      expect(await check(token({ iss }, { kid: 'unknown', typ: 'JWT' }))).toBe('iss')
    expect(await check(token({ iss: undefined }), {}, { issuer: 'https://own.example' })).toBe(
      'iss',
    )
  })
  test.each<[claims: object, header: object, reason: ReturnType<typeof refused>]>([
    [{}, { typ: 'JWT' }, refused('typ')],
    [{}, { typ: undefined }, refused('typ')],
    [{}, { crit: ['x'] }, refused('crit')],
    [{}, { kid: 'two' }, refused('kid')],
    [{}, { kid: 1 }, refused('kid')],
    [{}, { alg: 'RS256' }, refused('alg')],
    [{ aud: 'other' }, {}, refused('aud', 'aud')],
    [{ aud: undefined }, {}, refused('aud', 'aud')],
    [{ sub: undefined }, {}, refused('sub')],
    [{ sub: '' }, {}, refused('sub')],
    [{ jti: 7 }, {}, refused('jti')],
    [{ iat: 'now' }, {}, refused('iat')],
    [{ nbf: seconds + 61 }, {}, refused('nbf')],
    [{ nbf: null }, {}, refused('nbf')],
    [{ exp: undefined }, {}, refused('exp')],
    [{ exp: '9999999999' }, {}, refused('exp')],
    [{ exp: seconds * 1000 }, {}, refused('exp')],
  ])('%j, %j', async (claims, header, reason) => {
    expect(await check(token(claims, header))).toEqual(reason)
  })
  test('a signature of another key', async () => {
    const other = token().replace(/\.[^.]+$/, `.${'A'.repeat(86)}`)
    expect(await check(other)).toEqual(refused('signature'))
  })
  test('the claim of "requiredClaims" is named', async () => {
    const requiredClaims = { token_use: 'access', tid: ['one', 'two'] }
    expect(await check(token({ token_use: 'id', tid: 'one' }), { requiredClaims })).toEqual(
      refused('claims', 'token_use'),
    )
    expect(await check(token({ token_use: 'access' }), { requiredClaims })).toEqual(
      refused('claims', 'tid'),
    )
  })
})

test('jti and iat may be absent, iat in the future, and dates may have fractions', async () => {
  expect(await check(token({ iat: undefined }))).toBe('ok')
  expect(await check(token({ iat: seconds + 3600 }))).toBe('ok')
  const dates = { iat: seconds + 0.25, nbf: seconds - 0.5, exp: seconds + 0.5 }
  const service = serviceWith()
  for (let i = 0; i < 3; i++) expect((await service.checkToken(token(dates))).ok).toBe(true)
  clock.now += 500
  expect(await service.checkToken(token(dates))).toMatchObject({ code: 'token_expired' })
})

test('audience: one of several, and in another claim', async () => {
  const audience = ['shop', 'https://shop.example']
  for (const aud of ['shop', 'https://shop.example', ['other', 'shop']])
    expect(await check(token({ aud }), { audience })).toBe('ok')
  for (const aud of ['sho', ['other'], [], undefined, { 0: 'shop' }, ['shop', 7]])
    expect(await check(token({ aud }), { audience })).toEqual(refused('aud', 'aud'))
  const inClaim = { audienceClaim: 'client_id' }
  expect(await check(token({ aud: undefined, client_id: 'shop' }), inClaim)).toBe('ok')
  expect(await check(token({ client_id: 'other' }), inClaim)).toEqual(refused('aud', 'client_id'))
})

test('dangerouslyAnyAudience: accepts tokens for others, or for none', async () => {
  const any: Partial<Issuer> = { audience: undefined, dangerouslyAnyAudience: true } as never
  for (const aud of [undefined, 'other', ['other']])
    expect(await check(token({ aud }), any)).toBe('ok')
})

test('typ: JWT also accepts a token without typ, and another one is exact', async () => {
  expect(await check(token({}, { typ: 'JWT' }), { typ: 'JWT' })).toBe('ok')
  expect(await check(token({}, { typ: 'jwt' }), { typ: 'JWT' })).toBe('ok')
  expect(await check(token({}, { typ: undefined }), { typ: 'JWT' })).toBe('ok')
  expect(await check(token({}, { typ: 'logout+jwt' }), { typ: 'JWT' })).toEqual(refused('typ'))
  expect(await check(token({}, { typ: null }), { typ: 'JWT' })).toEqual(refused('typ'))
  expect(await check(token({}, { typ: 'application/x+jwt' }), { typ: 'x+JWT' })).toBe('ok')
  expect(await check(token({}, { typ: undefined }), { typ: 'x+jwt' })).toEqual(refused('typ'))
})

test.each<[required: NonNullable<Issuer['requiredClaims']>, claims: object, ok: boolean]>([
  [{ token_use: 'access' }, { token_use: 'access' }, true],
  [{ token_use: 'access' }, { token_use: ['id', 'access'] }, true],
  [{ token_use: 'access' }, { token_use: 'access id' }, false],
  [{ email_verified: true }, { email_verified: true }, true],
  [{ email_verified: true }, { email_verified: 'true' }, false],
  [{ ver: ['1.0', '2.0'] }, { ver: '2.0' }, true],
  [{ ver: 2 }, { ver: 2 }, true],
  [{ scope: 'read' }, { scope: 'openid read' }, true],
  [{ scope: 'read' }, { scope: 'openid readwrite' }, false],
  [{ scp: 'read' }, { scp: ['openid', 'read'] }, true],
  [{ azp: 'web' }, {}, false],
  [{ toString: 'x' }, {}, false],
])('requiredClaims %j of %j', async (requiredClaims, claims, ok) => {
  const result = await check(token(claims), { requiredClaims })
  expect(result).toEqual(ok ? 'ok' : refused('claims', Object.keys(requiredClaims)[0]))
})

test('dangerouslyNoExpiry: exp may be absent, but counts if it is there', async () => {
  const noExpiry = { dangerouslyNoExpiry: true }
  clock.now += 365 * 24 * 3600 * SECOND
  expect(await check(token({ exp: undefined }), noExpiry)).toBe('ok')
  expect(await check(token(), noExpiry)).toBe('token_expired')
  expect(await check(token({ exp: 'never' }), noExpiry)).toEqual(refused('exp'))
})

test('leeway counts for the tokens of other issuers too', async () => {
  clock.now += 60 * SECOND
  expect(await check(token())).toBe('token_expired')
  expect(await check(token(), {}, { leeway: 30 })).toBe('ok')
  clock.now += 30 * SECOND
  expect(await check(token(), {}, { leeway: 30 })).toBe('token_expired')
})

test('a token without kid may be of any key; a key without kid may sign any token', async () => {
  const key = (alg: string, kid?: string) => ({ key: publicKey(alg), alg, ...(kid && { kid }) })
  expect(await check(token({}, { kid: undefined }))).toBe('ok')
  const both = { keys: [key('ES256'), key('Ed25519', 'two')] as Issuer['keys'] }
  expect(await check(token(), both)).toBe('ok')
  expect(await check(token({}, { kid: 'two' }), both)).toEqual(refused('alg'))
  expect(await check(token({}, { kid: undefined }, 'Ed25519'), both)).toBe('ok')
  // A JWK without alg, as some issuers publish it, has the usual one of its type.
  const { kty, crv, x, y } = publicKey('ES256').export({ format: 'jwk' })
  expect(await check(token(), { keys: [{ kty: kty!, crv: crv!, x: x!, y: y!, kid: 'one' }] })).toBe(
    'ok',
  )
})

describe('an issuer with many tenants', () => {
  const [tid, other] = [
    '8f1c2b3a-0000-4000-8000-000000000001',
    '9188040d-6c67-4c5b-b112-36a304b66dad',
  ]
  const nameOf = (tenant: string) => `https://login.example/${tenant}/v2.0`
  const tenants = { issuer: nameOf('{tenantid}') }
  const of = (tenant: string) => token({ iss: nameOf(tenant), tid: tenant })
  const keyOf = (issuer: string) => {
    const jwk = { ...publicKey('ES256').export({ format: 'jwk' }), kid: 'one', issuer }
    return { ...tenants, keys: [jwk] }
  }

  test('each tenant has identities of its own', async () => {
    const service = serviceWith(tenants)
    for (const tenant of [tid, other])
      expect(await service.checkToken(of(tenant))).toMatchObject({
        claims: { sub: `${nameOf(tenant)}#ada` },
        from: { issuer: nameOf(tenant), subject: 'ada' },
      })
  })
  test('issuer and tenant must agree', async () => {
    for (const claims of [
      { iss: nameOf(tid), tid: other },
      { iss: nameOf(tid) },
      { iss: nameOf('{tenantid}'), tid },
      { iss: nameOf('{tenantid}'), tid: '{tenantid}' },
      { iss: nameOf('common'), tid: 'common' },
      { iss: nameOf(`${tid}/x`), tid },
      { iss: `${nameOf(tid)}/`, tid },
    ])
      expect(await check(token(claims), tenants)).toBe('iss')
  })
  test('a key that belongs to one tenant signs for no other', async () => {
    for (const issuer of [nameOf('{tenantid}'), nameOf(tid)])
      expect(await check(of(tid), keyOf(issuer))).toBe('ok')
    expect(await check(of(tid), keyOf(nameOf(other)))).toEqual({
      ...refused('kid'),
      issuer: tenants.issuer,
    })
  })
  test('requiredClaims limits the tenants', async () => {
    const some = { ...tenants, requiredClaims: { tid: [tid] } }
    expect(await check(of(tid), some)).toBe('ok')
    expect(await check(of(other), some)).toMatchObject({ reason: 'claims', claim: 'tid' })
  })
})

test('a token of 60 KiB is accepted', async () => {
  const groups = Array.from({ length: 1100 }, (_, i) => `group-${i}-${'x'.repeat(24)}`)
  expect(token({ groups }).length).toBeGreaterThan(50_000)
  expect(await check(token({ groups }))).toBe('ok')
})

test('the callback "identity" is not called for a token that is refused', async () => {
  let calls = 0
  const identity = () => `user ${++calls}`
  for (const claims of [{ aud: 'other' }, { exp: seconds - 1 }, { exp: undefined }])
    expect(await check(token(claims), { identity })).not.toBe('ok')
  expect(calls).toBe(0)
})

test('refused at start: settings that contradict each other, or that are missing', () => {
  const wrong = (issuer: object) => () => serviceWith(issuer)
  expect(wrong({ audience: undefined })).toThrow(
    /"audience" is required.*"audienceClaim".*"dangerouslyAnyAudience"/,
  )
  expect(wrong({ dangerouslyAnyAudience: true })).toThrow(/cannot be combined with "audience"/)
  expect(wrong({ audience: [] })).toThrow(/"audience" must be/)
  expect(wrong({ requiredClaims: { a: {} } })).toThrow(/"requiredClaims" must be/)
  expect(wrong({ requiredClaims: { a: [] } })).toThrow(/"requiredClaims" must be/)
  expect(wrong({ keys: { keys: [] } })).toThrow(/such as the member "keys" of a JWK set/)
  expect(wrong({ keys: [{ key: KEYS.ES256 as KeyObject, alg: 'ES256' }] })).toThrow(/a public key/)
})
