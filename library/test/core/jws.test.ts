import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { expect, test } from 'vitest'
import { createAuth } from 'latchkey'

const NOW = Date.UTC(2026, 10, 23, 12)
const SECRET = 'a secret of more than thirty-two bytes'
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256' }

const hs = createAuth({ secret: SECRET, now: () => NOW })
const es = createAuth({ keys: [jwk], now: () => NOW })

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const headerOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as {
    kid: string
    alg: string
    typ: string
  }
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>

/** A token with any header and payload, and a valid signature. */
function forge(header: unknown, payload: unknown, key: string | Buffer = SECRET): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
}
const good = hs.createAccessToken('ada')
const header = headerOf(good)
const claims = claimsOf(good)

test('an access token has the form of RFC 9068 and verifies', () => {
  expect(header).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: expect.stringMatching(/^[\w-]{8}$/) })
  expect(hs.decodeToken(good)).toMatchObject({
    ok: true,
    kind: 'access',
    claims: { sub: 'ada', iat: NOW / 1000, fresh: false },
  })
  expect(es.decodeToken(es.createAccessToken('ada'))).toMatchObject({
    ok: true,
    header: { alg: 'ES256' },
  })
})

test('an equivalent header in another spelling is accepted', () => {
  const reordered = { kid: header.kid, typ: 'application/AT+JWT', alg: 'HS256' }
  expect(hs.decodeToken(forge(reordered, claims)).ok).toBe(true)
})

const BAD_HEADERS: Record<string, unknown> = {
  'alg none': { ...header, alg: 'none' },
  'alg None': { ...header, alg: 'None' },
  'alg in lower case': { ...header, alg: 'hs256' },
  'alg with a space': { ...header, alg: 'HS256 ' },
  'alg as a number': { ...header, alg: 256 },
  'alg as an array': { ...header, alg: ['HS256'] },
  'alg missing': { typ: header.typ, kid: header.kid },
  'alg of another key': { ...header, alg: 'ES256' },
  'alg that would take a billion rounds': {
    ...header,
    alg: 'PBES2-HS256+A128KW',
    p2c: 2 ** 31 - 1,
  },
  'typ missing': { alg: 'HS256', kid: header.kid },
  'typ JWT': { ...header, typ: 'JWT' },
  'typ of a proof': { ...header, typ: 'dpop+jwt' },
  'kid missing': { alg: 'HS256', typ: header.typ },
  'kid a path': { ...header, kid: '../../dev/null' },
  'kid of the prototype': { ...header, kid: '__proto__' },
  'kid of SQL': { ...header, kid: "' OR 1=1--" },
  'kid a number': { ...header, kid: 0 },
  'kid an array': { ...header, kid: [header.kid] },
  'crit empty': { ...header, crit: [] },
  'crit unknown': { ...header, crit: ['x'], x: 1 },
  'crit of a registered name': { ...header, crit: ['alg'] },
  'b64 false': { ...header, b64: false },
  'duplicate alg': `{"alg":"none","alg":"HS256","typ":"at+jwt","kid":"${header.kid}"}`,
  'byte order mark': `\ufeff${JSON.stringify(header)}`,
  'not an object': [header],
  'not JSON': '{"alg":',
  null: 'null',
}
test.each(Object.entries(BAD_HEADERS))('refused: header with %s', (_name, bad) => {
  expect(hs.decodeToken(forge(bad, claims))).toMatchObject({
    ok: false,
    code: 'token_invalid',
    status: 401,
  })
})

test('keys in a header are neither used nor fetched', () => {
  const { publicKey, privateKey: thief } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  for (const extra of [
    { jwk: publicKey.export({ format: 'jwk' }) },
    { jku: 'http://127.0.0.1:9/keys' },
    { x5u: 'http://127.0.0.1:9/x' },
  ]) {
    const header = { alg: 'ES256', typ: 'at+jwt', kid: 'thief', ...extra }
    const input = `${encode(header)}.${encode(claims)}`
    const signature = sign('sha256', Buffer.from(input), {
      key: thief,
      dsaEncoding: 'ieee-p1363',
    }).toString('base64url')
    expect(es.decodeToken(`${input}.${signature}`)).toMatchObject({ code: 'token_invalid' })
  }
})

test('a public key never verifies as an HMAC secret', () => {
  const token = es.createAccessToken('ada')
  const publicKey = createPublicKey(privateKey)
  const shapes = [
    publicKey.export({ format: 'pem', type: 'spki' }),
    publicKey.export({ format: 'der', type: 'spki' }),
    JSON.stringify(publicKey.export({ format: 'jwk' })),
  ]
  for (const shape of shapes) {
    expect(
      es.decodeToken(forge({ ...headerOf(token), alg: 'HS256' }, claims, shape as string)),
    ).toMatchObject({ code: 'token_invalid' })
  }
})

const BAD_CLAIMS: Record<string, unknown> = {
  'exp missing': { ...claims, exp: undefined },
  'exp a string': { ...claims, exp: '9999999999' },
  'exp infinite': `${JSON.stringify(claims).slice(0, -1)},"exp":1e309}`.replace(/"exp":\d+,/, ''),
  'exp with a fraction': { ...claims, exp: 9999999999.5 },
  'exp true': { ...claims, exp: true },
  'exp null': { ...claims, exp: null },
  'exp negative': { ...claims, exp: -1 },
  'iat a string': { ...claims, iat: 'now' },
  'nbf in the future': { ...claims, nbf: NOW / 1000 + 61 },
  'sub missing': { ...claims, sub: undefined },
  'sub empty': { ...claims, sub: '' },
  'sub an object': { ...claims, sub: {} },
  'jti missing': { ...claims, jti: undefined },
  'fresh as a string': { ...claims, fresh: 'true' },
  'another audience': { ...claims, aud: 'other' },
  'duplicate sub': `${JSON.stringify(claims).slice(0, -1)},"sub":"eve"}`,
  'an array': [claims],
  'a string': '"x"',
}
test.each(Object.entries(BAD_CLAIMS))('refused: claims with %s', (_name, bad) => {
  expect(hs.decodeToken(forge(header, bad))).toMatchObject({ ok: false, code: 'token_invalid' })
})

test('a token expires at the second in exp, not after it', () => {
  const at = (now: number) => createAuth({ secret: SECRET, now: () => now }).decodeToken(good)
  const exp = Number(claims.exp) * 1000
  expect(at(exp - 1).ok).toBe(true)
  expect(at(exp)).toMatchObject({ code: 'token_expired' })
  expect(
    createAuth({ secret: SECRET, now: () => exp }).decodeToken(good, { allowExpired: true }).ok,
  ).toBe(true)
})

test('non-canonical spellings of a signature are refused', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (const [auth, token] of [
    [hs, good],
    [es, es.createAccessToken('ada')],
  ] as const) {
    const last = token.at(-1)!
    for (const other of alphabet.split('').filter((letter) => letter !== last))
      expect(auth.decodeToken(token.slice(0, -1) + other).ok).toBe(false)
    for (const around of [
      `${token} `,
      ` ${token}`,
      `${token}\n`,
      `${token}=`,
      `${token}.`,
      `.${token}`,
      token.replace('.', '..'),
      token.replaceAll('.', ' '),
    ]) {
      expect(auth.decodeToken(around).ok).toBe(false)
    }
  }
})

test('a token with any bit flipped is refused', () => {
  for (let at = 0; at < good.length; at++) {
    const flipped =
      good.slice(0, at) + String.fromCharCode(good.charCodeAt(at) ^ 1) + good.slice(at + 1)
    expect(hs.decodeToken(flipped).ok).toBe(false)
  }
})

test('signatures of zeros, of ones or of another length are refused', () => {
  const input = es.createAccessToken('ada').split('.').slice(0, 2).join('.')
  for (const signature of [
    Buffer.alloc(64),
    Buffer.alloc(0),
    Buffer.alloc(63, 1),
    Buffer.alloc(65, 1),
    Buffer.alloc(64, 255),
  ]) {
    expect(es.decodeToken(`${input}.${signature.toString('base64url')}`).ok).toBe(false)
  }
})

test('tokens above 64 KiB are refused; deep nesting in a smaller one is accepted', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  for (const token of [
    '.'.repeat(100_000),
    'a'.repeat(10_000_000),
    forge(header, `{"a":${deep}}`),
    forge(deep, claims),
    forge(header, `{"a":"${'x'.repeat(50_000)}"}`),
  ]) {
    expect(hs.decodeToken(token)).toMatchObject({ code: 'token_invalid' })
  }
  expect(
    hs.decodeToken(
      forge(
        header,
        `${JSON.stringify(claims).slice(0, -1)},"a":${'['.repeat(2500)}${']'.repeat(2500)}}`,
      ),
    ).ok,
  ).toBe(true)
})

test('a claim named __proto__ pollutes no prototype', () => {
  const decoded = hs.decodeToken(
    forge(header, `${JSON.stringify(claims).slice(0, -1)},"__proto__":{"admin":true}}`),
  )
  expect(decoded.ok).toBe(true)
  expect(({} as { admin?: boolean }).admin).toBeUndefined()
  expect((decoded as unknown as { claims: { admin?: boolean } }).claims.admin).toBeUndefined()
})

test('access and refresh tokens are not interchangeable', () => {
  const refreshToken = hs.createRefreshToken('ada')
  expect(hs.checkToken(refreshToken)).toMatchObject({ code: 'token_type_invalid' })
  expect(hs.checkToken(good, { refresh: true })).toMatchObject({ code: 'token_type_invalid' })
  expect(hs.checkToken(refreshToken, { refresh: true })).toMatchObject({ ok: true })
  const swapped = `${good.split('.')[0]}.${refreshToken.split('.').slice(1).join('.')}`
  expect(hs.decodeToken(swapped).ok).toBe(false)
})

test('issuer and audience are written, required and compared exactly', () => {
  const options = { secret: SECRET, now: () => NOW, issuer: 'https://a.example', audience: 'shop' }
  const auth = createAuth(options)
  const token = auth.createAccessToken('ada')
  expect(claimsOf(token)).toMatchObject({ iss: 'https://a.example', aud: 'shop' })
  expect(auth.decodeToken(token).ok).toBe(true)
  expect(auth.decodeToken(good).ok).toBe(false)
  expect(createAuth({ ...options, issuer: 'https://a.example/' }).decodeToken(token).ok).toBe(false)
  expect(createAuth({ ...options, audience: 'sho' }).decodeToken(token).ok).toBe(false)
})

test('a previous secret verifies but does not sign', () => {
  const rotated = createAuth({
    secret: ['the new secret, of thirty-two bytes', SECRET],
    now: () => NOW,
  })
  expect(rotated.decodeToken(good).ok).toBe(true)
  expect(hs.decodeToken(rotated.createAccessToken('ada')).ok).toBe(false)
})

test('the published keys are public keys only', () => {
  const { keys } = es.jwks()
  expect(keys).toEqual([
    {
      kty: 'EC',
      crv: 'P-256',
      x: jwk.x,
      y: jwk.y,
      kid: expect.stringMatching(/^[\w-]{43}$/),
      alg: 'ES256',
      use: 'sig',
    },
  ])
  expect(hs.jwks()).toEqual({ keys: [] })
  expect(
    createAuth({ keys: [jwk, ...keys].slice(0, 1), now: () => NOW }).decodeToken(
      es.createAccessToken('ada'),
    ).ok,
  ).toBe(true)
})

test('the thumbprint of an EC key is computed as in RFC 7638, section 3', async () => {
  const { createHash } = await import('node:crypto')
  const expected = createHash('sha256')
    .update(`{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`)
    .digest('base64url')
  expect(es.jwks().keys[0]!.kid).toBe(expected)
})
