import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  createAuth,
  type AuthEvent,
  type AuthOptions,
  type SessionAuth,
  type TokenAuth,
} from 'latchkey'
import { remoteKeys, type RemoteKeysOptions } from 'latchkey/remote-keys'
import { memoryStore } from 'latchkey/stores/memory'
import { encode, partsOf } from '../core/forging.ts'
import type { AlgorithmName } from '../../src/core/algorithms.ts'
import { KEYS } from '../core/keys.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const ISSUER = 'https://id.example'
const AUDIENCE = 'shop'
const clock = { now: NOW }
const now = () => clock.now
const advance = (seconds: number) => (clock.now += seconds * 1000)

/** The next response of the issuer, and the number of requests. */
const site = {
  body: '',
  status: 200,
  type: 'application/json',
  headers: {} as Record<string, string>,
  requests: 0,
  hang: false,
}
let server: Server
let address: string
beforeAll(async () => {
  server = createServer((_request, response) => {
    site.requests++
    if (site.hang) return
    response.writeHead(site.status, { 'content-type': site.type, ...site.headers }).end(site.body)
  })
  // Avoids failures of reused connections that the server has just closed.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const issuerWith = (alg: string, audience = AUDIENCE) =>
  createAuth({ keys: [{ key: KEYS[alg]!, alg }], issuer: ISSUER, audience, now })
const id = issuerWith('ES256')
const publish = (...keys: object[]) => (site.body = JSON.stringify({ keys }))
const jwkOf = (alg: string) => issuerWith(alg).jwks().keys[0]!

let events: AuthEvent[]
beforeEach(() => {
  clock.now = NOW
  events = []
  Object.assign(site, {
    status: 200,
    type: 'application/json',
    headers: {},
    requests: 0,
    hang: false,
  })
  publish(jwkOf('ES256'))
})

const keysAt = (options: RemoteKeysOptions = {}) =>
  remoteKeys(address, { dangerouslyInsecureLoopback: true, ...options })
const serviceWith = (
  options: RemoteKeysOptions = {},
  more: Partial<AuthOptions> = {},
): SessionAuth | TokenAuth =>
  createAuth({
    issuers: [{ issuer: ISSUER, audience: AUDIENCE, keys: keysAt(options) }],
    now,
    onEvent: (event) => events.push(event),
    ...more,
  })
const reasons = () =>
  events.flatMap((event) => (event.type === 'token-refused' ? [event.reason] : []))
const causes = () =>
  events.flatMap((event) => (event.type === 'keys-failed' ? [(event.cause as Error).message] : []))

test('a token of another issuer is accepted, with an identity of its own', async () => {
  const service = serviceWith()
  const checked = await service.checkToken(
    id.createAccessToken('ada', { claims: { role: 'admin' } }),
  )
  expect(checked).toMatchObject({
    ok: true,
    claims: { iss: ISSUER, sub: `${ISSUER}#ada`, role: 'admin', fresh: false },
    from: { issuer: ISSUER, subject: 'ada' },
  })
  expect(
    await service.authenticate({
      method: 'GET',
      header: (name: string) =>
        name === 'authorization' ? `Bearer ${id.createAccessToken('ada')}` : undefined,
    } as never),
  ).toMatchObject({
    ok: true,
    identity: `${ISSUER}#ada`,
    sessionId: null,
    fresh: false,
  })
})

test('callback identity: maps the subject; an empty text refuses, an error is thrown', async () => {
  const serviceWithIdentity = (identity: (claims: { sub: string }) => string) =>
    createAuth({
      issuers: [{ issuer: ISSUER, audience: AUDIENCE, keys: id.jwks().keys, identity }],
      now,
      onEvent: (event) => events.push(event),
    })
  expect(
    await serviceWithIdentity(({ sub }) => `partner:${sub}`).checkToken(
      id.createAccessToken('ada'),
    ),
  ).toMatchObject({ claims: { sub: 'partner:ada' } })
  expect(await serviceWithIdentity(() => '').checkToken(id.createAccessToken('ada'))).toMatchObject(
    {
      code: 'token_invalid',
    },
  )
  const failing = serviceWithIdentity(() => {
    throw new Error('no such table')
  })
  const check = async () => failing.checkToken(id.createAccessToken('ada'))
  await expect(check()).rejects.toThrow('no such table')
  const wrongType = serviceWithIdentity((async ({ sub }: { sub: string }) => sub) as never)
  expect(() => wrongType.checkToken(id.createAccessToken('ada'))).toThrow('must return a string')
})

test('concurrent requests share one fetch, whose keys are used for five minutes', async () => {
  const service = serviceWith()
  const all = await Promise.all(
    Array.from({ length: 50 }, async (_, i) =>
      service.checkToken(id.createAccessToken(`user${i}`)),
    ),
  )
  expect(all.every(({ ok }) => ok)).toBe(true)
  advance(299)
  expect(service.checkToken(id.createAccessToken('ada'))).not.toBeInstanceOf(Promise)
  expect(site.requests).toBe(1)
})

test('JOSE-12: a thousand unknown kids cause one fetch in each cool-down', async () => {
  const service = serviceWith()
  const payload = partsOf(id.createAccessToken('eve'))[1]
  const flood = async () => {
    const tokens = Array.from(
      { length: 1000 },
      (_, i) => `${encode({ alg: 'ES256', typ: 'at+jwt', kid: `random-${i}` })}.${payload}.AAAA`,
    )
    for (const outcome of await Promise.all(tokens.map(async (token) => service.checkToken(token))))
      expect(outcome).toMatchObject({ code: 'token_invalid' })
  }
  await flood()
  expect(site.requests).toBe(1)
  // They are known to be absent now.
  advance(4)
  await flood()
  expect(site.requests).toBe(1)
  advance(1)
  await flood()
  expect(site.requests).toBe(2)
  expect(new Set(reasons())).toEqual(new Set(['kid']))
})

test('a new kid soon after a fetch may be genuine: it is looked for at once', async () => {
  const service = serviceWith()
  await service.checkToken(id.createAccessToken('ada'))
  publish(jwkOf('ES256'), jwkOf('Ed25519'))
  advance(1)
  const next = issuerWith('Ed25519').createAccessToken('ada')
  expect(await service.checkToken(next)).toMatchObject({ ok: true })
  expect(site.requests).toBe(2)
})

test('JOSE-12: other unknown kids each second cause at most three fetches at once', async () => {
  const service = serviceWith()
  const payload = partsOf(id.createAccessToken('eve'))[1]
  const check = async (kid: string) =>
    service.checkToken(`${encode({ alg: 'ES256', typ: 'at+jwt', kid })}.${payload}.AAAA`)
  const codes: number[] = []
  for (let second = 0; second < 30; second++) {
    const checked = await check(`random-${second}`)
    if (!checked.ok) codes.push(checked.status)
    advance(1)
  }
  expect(site.requests).toBe(6)
  // A kid that was not looked for may be genuine.
  expect(codes.slice(0, 6)).toEqual([401, 401, 401, 503, 503, 503])
})

test('the kids that are remembered as absent are bounded', async () => {
  const service = serviceWith()
  const payload = partsOf(id.createAccessToken('eve'))[1]
  const check = async (kid: string) =>
    service.checkToken(`${encode({ alg: 'ES256', typ: 'at+jwt', kid })}.${payload}.AAAA`)
  await Promise.all(Array.from({ length: 1100 }, async (_, i) => check(`random-${i}`)))
  expect(await check('random-999')).toMatchObject({ code: 'token_invalid' })
  expect(site.requests).toBe(1)
  expect(await check('random-1000')).toMatchObject({ code: 'token_invalid' })
  expect(await check('random-999')).toMatchObject({ code: 'token_invalid' })
  expect(await check('x'.repeat(129))).toMatchObject({ code: 'token_invalid' })
  expect((await service.checkToken(id.createAccessToken('ada'))).ok).toBe(true)
  expect(site.requests).toBe(3)
})

test('a failed fetch is repeated after a second, then twice as long, up to 30 s', async () => {
  const service = serviceWith()
  const check = async () => (await service.checkToken(id.createAccessToken('ada'))).ok
  site.status = 502
  const waits = [1, 2, 4, 8, 16, 30, 30]
  expect(await check()).toBe(false)
  for (const [index, wait] of waits.entries()) {
    advance(wait - 0.1)
    expect(await check()).toBe(false)
    expect(site.requests).toBe(index + 1)
    advance(0.1)
    expect(await check()).toBe(false)
    expect(site.requests).toBe(index + 2)
  }
  site.status = 200
  advance(30)
  expect(await check()).toBe(true)
  expect(causes()).toHaveLength(8)
})

test('while the issuer is away, old keys are used without waiting for it', async () => {
  const service = serviceWith()
  await service.checkToken(id.createAccessToken('ada'))
  site.status = 502
  advance(700)
  expect((await service.checkToken(id.createAccessToken('ada'))).ok).toBe(true)
  advance(30)
  expect(service.checkToken(id.createAccessToken('ada'))).toMatchObject({ ok: true })
  await expect.poll(() => site.requests).toBe(3)
})

test('an added key is found at once, and a removed one is gone after the next fetch', async () => {
  const service = serviceWith()
  const next = issuerWith('Ed25519')
  const old = id.createAccessToken('ada', { expiresIn: 3600 })
  expect((await service.checkToken(old)).ok).toBe(true)
  expect((await service.checkToken(old)).ok).toBe(true)
  expect((await service.checkToken(old)).ok).toBe(true)
  advance(60)
  publish(jwkOf('ES256'), jwkOf('Ed25519'))
  expect((await service.checkToken(next.createAccessToken('ada'))).ok).toBe(true)
  publish(jwkOf('Ed25519'))
  advance(601)
  expect(await service.checkToken(old)).toMatchObject({ code: 'token_invalid' })
  expect(reasons()).toEqual(['kid'])
})

test('issuer unreachable: old keys for another hour, then 503, never 401', async () => {
  const service = serviceWith(
    {},
    { secret: 'a secret of more than thirty-two bytes', store: memoryStore() },
  ) as SessionAuth
  const token = () => id.createAccessToken('ada')
  expect((await service.checkToken(token())).ok).toBe(true)
  site.status = 500
  advance(3600)
  expect((await service.checkToken(token())).ok).toBe(true)
  expect(causes()).toEqual(['the JWKS was served with status 500'])
  // A `kid` that is unknown to old keys may be that of a new key.
  expect(await service.checkToken(issuerWith('Ed25519').createAccessToken('ada'))).toMatchObject({
    code: 'temporarily_unavailable',
  })
  advance(601)
  expect(await service.checkToken(token())).toMatchObject({
    code: 'temporarily_unavailable',
    status: 503,
  })
  // Our own tokens do not depend on the issuer.
  const { accessToken } = await service.signIn('ada')
  expect(await service.checkToken(accessToken)).toMatchObject({ ok: true, claims: { sub: 'ada' } })
  site.status = 200
  advance(31)
  expect((await service.checkToken(token())).ok).toBe(true)
})

test('keys are refreshed before they are too old, in the background', async () => {
  const service = serviceWith()
  await service.checkToken(id.createAccessToken('ada'))
  advance(400)
  expect(service.checkToken(id.createAccessToken('ada'))).toMatchObject({ ok: true })
  await expect.poll(() => site.requests).toBe(2)
})

test('a fetch is aborted after the timeout', async () => {
  site.hang = true
  expect(
    await serviceWith({ timeout: 0.05 }).checkToken(id.createAccessToken('ada')),
  ).toMatchObject({ code: 'temporarily_unavailable' })
  expect(causes()).toHaveLength(1)
})

const NOT_A_SET: Array<[name: string, change: () => unknown, cause: RegExp]> = [
  [
    'a redirect, even to itself',
    () => Object.assign(site, { status: 302, headers: { location: '/jwks.json' } }),
    /redirects to another one, which is not followed/,
  ],
  [
    'a page',
    () => Object.assign(site, { type: 'text/html', body: '<!doctype html>' }),
    /not a JWKS/,
  ],
  [
    'more than 256 KiB',
    () => (site.body = `{"keys":[],"x":"${'x'.repeat(256 * 1024)}"}`),
    /larger than 262144 bytes/,
  ],
  ['malformed JSON', () => (site.body = '{"keys":'), /not a JWKS/],
  ['an array', () => (site.body = '[]'), /not a JWKS/],
  ['keys that are not an array', () => (site.body = '{"keys":{}}'), /not a JWKS/],
  [
    'JOSE-04: "keys" twice',
    () => (site.body = `{"keys":[],"keys":${JSON.stringify([jwkOf('ES256')])}}`),
    /no repeated names/,
  ],
  [
    'JOSE-04: "kty" twice in a key',
    () => (site.body = site.body.replace('"kty"', '"kty":"EC","kty"')),
    /no repeated names/,
  ],
  [
    'more than 50 keys',
    () => publish(...Array.from({ length: 51 }, (_, i) => ({ ...jwkOf('ES256'), kid: `${i}` }))),
    /more than 50 keys/,
  ],
  ['no key that can be used', () => publish({ ...jwkOf('ES256'), use: 'enc' }), /no usable key/],
  [
    'JOSE-14: private keys and secrets alone',
    () =>
      publish(
        { ...KEYS.Ed25519!.export({ format: 'jwk' }), alg: 'Ed25519', kid: 'x' },
        { kty: 'oct', k: 'AAAA', alg: 'HS256', kid: 'y' },
      ),
    /publishes only private keys or secrets/,
  ],
  [
    'a weak key',
    () =>
      publish({
        ...generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
        alg: 'RS256',
        kid: 'x',
      }),
    /no usable key/,
  ],
]
test.each(NOT_A_SET)('a JWKS is refused: %s', async (_name, change, cause) => {
  change()
  expect(await serviceWith().checkToken(id.createAccessToken('ada'))).toMatchObject({
    code: 'temporarily_unavailable',
  })
  expect(causes()[0]).toMatch(cause)
})

test('unusable keys in a JWKS are ignored', async () => {
  publish(
    { kty: 'EC', crv: 'secp256k1', x: 'AA', y: 'AA', kid: 'a' },
    { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AA', kid: 'b' },
    { ...jwkOf('ES256'), kid: 7 },
    { ...jwkOf('RS256'), kid: jwkOf('ES256').kid, use: 'enc', alg: 'RSA-OAEP' },
    jwkOf('ES256'),
    7 as never,
  )
  expect((await serviceWith().checkToken(id.createAccessToken('ada'))).ok).toBe(true)
  expect(causes()).toEqual([])
})

const zeroInFront = (value: string) =>
  Buffer.concat([Buffer.alloc(1), Buffer.from(value, 'base64url')]).toString('base64url')
const ODD: Array<[name: string, alg: string, keys: () => object[], change?: object]> = [
  ['a key twice', 'RS256', () => [jwkOf('RS256'), jwkOf('RS256')]],
  [
    'a modulus with a zero byte',
    'RS256',
    () => [{ ...jwkOf('RS256'), n: zeroInFront(jwkOf('RS256').n!) }],
  ],
  ['another content type', 'RS256', () => [jwkOf('RS256')], { type: 'application/octet-stream' }],
  ['no content type', 'RS256', () => [jwkOf('RS256')], { type: '' }],
  ['a key without a kid', 'ES256', () => [{ ...jwkOf('ES256'), kid: undefined }]],
  ...(['RS256', 'ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA'] as const).map(
    (alg): [string, string, () => object[]] => [
      `no alg, for ${alg}`,
      alg,
      () => [{ ...jwkOf(alg), alg: undefined }],
    ],
  ),
  ['Ed25519 by its old name', 'Ed25519', () => [{ ...jwkOf('Ed25519'), alg: 'EdDSA' }]],
  ['EdDSA by its new name', 'EdDSA', () => [{ ...jwkOf('EdDSA'), alg: 'Ed25519' }]],
  [
    'JOSE-13: keys with one kid and different algorithms',
    'ES256',
    () => [{ ...jwkOf('RS256'), kid: jwkOf('ES256').kid }, jwkOf('ES256')],
  ],
  [
    'JOSE-13: keys with one kid and one algorithm',
    'ES256',
    () => [
      {
        ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
        alg: 'ES256',
        kid: jwkOf('ES256').kid,
      },
      jwkOf('ES256'),
    ],
  ],
]
test.each(ODD)('a JWKS is read: %s', async (_name, alg, keys, change = {}) => {
  publish(...keys())
  Object.assign(site, change)
  const checked = await serviceWith().checkToken(issuerWith(alg).createAccessToken('ada'))
  expect(checked).toMatchObject({ ok: true })
  expect(causes()).toEqual([])
})

test('of keys with one kid and one algorithm, four are tried', async () => {
  const kid = jwkOf('ES256').kid
  const others = Array.from({ length: 4 }, () => ({
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
    alg: 'ES256',
    kid,
  }))
  publish(...others, jwkOf('ES256'))
  expect((await serviceWith().checkToken(id.createAccessToken('ada'))).ok).toBe(false)
  publish(...others.slice(1), jwkOf('ES256'))
  expect((await serviceWith().checkToken(id.createAccessToken('ada'))).ok).toBe(true)
})

test('JOSE-14: a key whose private half is published is never used, and reported', async () => {
  const leaked = KEYS.Ed25519!.export({ format: 'jwk' })
  publish(
    jwkOf('ES256'),
    { ...leaked, alg: 'Ed25519', kid: 'leaked' },
    // Its public half, under its real name.
    jwkOf('Ed25519'),
    { kty: 'oct', k: randomBytes(32).toString('base64url'), alg: 'HS256', kid: 'secret' },
  )
  const service = serviceWith()
  expect(await service.checkToken(issuerWith('Ed25519').createAccessToken('ada'))).toMatchObject({
    code: 'token_invalid',
  })
  expect((await service.checkToken(id.createAccessToken('ada'))).ok).toBe(true)
  expect(causes()).toEqual(Array(2).fill(expect.stringMatching(/publishes a private key/)))
})

test('the option algorithms: excludes others', async () => {
  publish({ ...jwkOf('RS256'), alg: undefined })
  const check = async (allowed: string[], alg: string) =>
    serviceWith({ algorithms: allowed as AlgorithmName[] }).checkToken(
      issuerWith(alg).createAccessToken('ada'),
    )
  expect((await check(['RS256'], 'RS256')).ok).toBe(true)
  expect((await check(['PS256', 'RS512'], 'PS256')).ok).toBe(true)
  expect(await check(['PS256'], 'RS256')).toMatchObject({ code: 'token_invalid' })
  publish(jwkOf('RS256'))
  expect(await check(['ES256'], 'RS256')).toMatchObject({ code: 'temporarily_unavailable' })
  publish(jwkOf('Ed25519'))
  expect(await check(['EdDSA'], 'Ed25519')).toMatchObject({ code: 'token_invalid' })
})

test('JWT-04, ATT-18: issuers with the same kid verify only their own tokens', async () => {
  const [first, second] = ['https://one.example', 'https://other.example']
  const keyOf = (alg: AlgorithmName) => ({ key: KEYS[alg]!, alg, kid: 'shared' })
  const make = (issuer: string, alg: AlgorithmName) =>
    createAuth({ keys: [keyOf(alg)], issuer, audience: AUDIENCE, now }).createAccessToken('ada')
  const service = createAuth({
    keys: [
      { ...keyOf('ES256'), key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey },
    ],
    issuers: [first, second].map((issuer, index) => ({
      issuer,
      audience: AUDIENCE,
      keys: [
        {
          ...keyOf(index ? 'Ed25519' : 'ES256'),
          key: createPublicKey(KEYS[index ? 'Ed25519' : 'ES256']!),
        },
      ],
    })),
    now,
    onEvent: (event) => events.push(event),
  })
  expect(await service.checkToken(make(first, 'ES256'))).toMatchObject({
    ok: true,
    from: { issuer: first },
  })
  expect(await service.checkToken(make(second, 'Ed25519'))).toMatchObject({
    ok: true,
    from: { issuer: second },
  })
  expect(await service.checkToken(service.createAccessToken('ada'))).toMatchObject({
    ok: true,
    claims: { sub: 'ada' },
  })
  expect(await service.checkToken(make(second, 'ES256'))).toMatchObject({ code: 'token_invalid' })
  expect(await service.checkToken(make(first, 'Ed25519'))).toMatchObject({ code: 'token_invalid' })
  for (const almost of [`${first}/`, first.toUpperCase(), first.replace('o', 'о')])
    expect(await service.checkToken(make(almost, 'ES256'))).toMatchObject({ code: 'token_invalid' })
  expect(reasons()).toEqual(['alg', 'alg', 'iss', 'iss', 'iss'])
})

test('sid, gen and fresh of another issuer are ignored, and times are checked', async () => {
  const service = serviceWith(
    {},
    { secret: 'a secret of more than thirty-two bytes', store: memoryStore() },
  ) as SessionAuth
  const own = await service.signIn('ada')
  await service.signOut(own.sessionId)
  expect(
    await service.checkToken(id.createAccessToken('ada', { fresh: true }), { fresh: true }),
  ).toMatchObject({ code: 'fresh_required' })
  expect(await service.checkToken(id.createRefreshToken('ada'))).toMatchObject({
    code: 'token_invalid',
  })
  expect(
    await service.checkToken(issuerWith('ES256', 'other').createAccessToken('ada')),
  ).toMatchObject({ code: 'token_invalid' })
  const short = id.createAccessToken('ada', { expiresIn: 60 })
  for (let i = 0; i < 3; i++) expect((await service.checkToken(short)).ok).toBe(true)
  advance(60)
  expect(await service.checkToken(short)).toMatchObject({ code: 'token_expired' })
  expect(reasons()).toEqual(['typ', 'aud'])
})

test('refused at start: unsafe addresses and unknown options', () => {
  for (const url of [
    'http://id.example/jwks',
    'http://127.0.0.1/jwks',
    'ftp://id.example',
    'jwks.json',
    'https://ada:secret@id.example/jwks',
  ]) {
    expect(() => remoteKeys(url)).toThrow(/remoteKeys takes an https address/)
  }
  expect(() => remoteKeys('http://10.0.0.1/jwks', { dangerouslyInsecureLoopback: true })).toThrow(
    /https/,
  )
  expect(() => remoteKeys('http://keycloak:8080/jwks')).toThrow(/"dangerouslyInsecureHttp" allows/)
  expect(() => remoteKeys('http://localhost/jwks')).toThrow(/"dangerouslyInsecureLoopback" allows/)
  remoteKeys('http://keycloak:8080/jwks', { dangerouslyInsecureHttp: true })
  expect(() => remoteKeys('https://id.example/jwks', { maxage: 5 } as never)).toThrow(
    /unknown option "maxage"/,
  )
  expect(() => remoteKeys('https://id.example/jwks', { algorithms: ['HS256'] })).toThrow(
    /option "algorithms" must be an array of RS256/,
  )
  const issuers = (changes: object) =>
    createAuth({
      issuers: [{ issuer: ISSUER, audience: AUDIENCE, keys: id.jwks().keys, ...changes } as never],
    })
  expect(() => issuers({ audience: undefined })).toThrow(
    /"issuers\[0\]": option "audience" is required/,
  )
  expect(() => issuers({ audiense: 'x' })).toThrow(/unknown option "audiense"/)
  expect(() => issuers({ keys: [{ key: KEYS.ES256!, alg: 'ES256' }] })).toThrow(
    /issuers\[0\]".keys\[0\] must be a public key/,
  )
  expect(() => issuers({ keys: [{ key: KEYS.HS256!, alg: 'HS256' }] })).toThrow(
    /must be a public key/,
  )
  expect(() =>
    createAuth({
      issuer: ISSUER,
      keys: [{ key: KEYS.ES256!, alg: 'ES256' }],
      issuers: [{ issuer: ISSUER, audience: 'x', keys: id.jwks().keys }],
    }),
  ).toThrow(/names an issuer twice/)
  expect(() => (serviceWith() as TokenAuth).createAccessToken('ada')).toThrow(/cannot sign a token/)
})
