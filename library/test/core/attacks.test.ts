/**
 * Known attacks on JSON Web Tokens, one by one. STANDARDS.md explains the ids. Attacks that violate
 * a requirement for tokens are in standards.test.ts.
 */
import { createPublicKey, createSecretKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createAuth, refusalReply, type Refusal } from 'latchkey'
import { getAuth, guard } from 'latchkey/node'
import { memoryStore } from 'latchkey/stores/memory'
import { encode, hmac, NOW, partsOf, SECRET, setUp, signWith } from './forging.ts'
import { KEYS } from './keys.ts'

const ALGS = ['HS256', 'RS256', 'PS256', 'ES256', 'Ed25519']

describe.each(ALGS)('%s', (alg) => {
  const { good, header, claims, forge, reasonOf } = setUp(alg)
  const [first, second, signature] = partsOf(good)

  test('ATT-01: alg none is refused, with and without signature and last dot', () => {
    for (const none of ['none', 'None', 'NONE', 'nOnE']) {
      const head = encode({ ...header, alg: none })
      expect(reasonOf(`${head}.${second}.${signature}`)).toBe('alg')
      expect(reasonOf(`${head}.${second}.`)).toBe('alg')
      expect(reasonOf(`${head}.${second}`)).toBe('parts')
      expect(reasonOf(`${encode({ alg: none })}.${second}.`)).toBe('typ')
    }
    expect(reasonOf(`${first}.${second}.`)).toBe('signature')
    expect(reasonOf(`${first}.${second}`)).toBe('parts')
  })

  test('ATT-04: a key in the header is ignored', () => {
    const thief = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = { ...thief.publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: header.kid }
    for (const extra of [{ jwk }, { x5c: ['MIIB'] }, { jwk, kid: 'thief' }]) {
      const input = `${encode({ ...header, ...extra })}.${encode({ ...claims, sub: 'eve' })}`
      expect(reasonOf(signWith(thief.privateKey, input))).toMatch(/signature|kid/)
      expect(
        reasonOf(
          signWith(thief.privateKey, `${encode({ ...header, ...extra, alg: 'ES256' })}.${second}`),
        ),
      ).toMatch(/signature|kid|alg/)
    }
  })

  test('ATT-09: white space and padding are refused, around the token and in it', () => {
    for (const odd of [
      ' ',
      '\n',
      '\r\n',
      '\t',
      '\0',
      '=',
      '==',
      '%20',
      '+',
      '/',
      '\u200b',
      '\ufeff',
    ]) {
      for (const token of [
        good + odd,
        odd + good,
        `${first}${odd}.${second}.${signature}`,
        `${first}.${second}${odd}.${signature}`,
        good.slice(0, -3) + odd + good.slice(-3),
      ]) {
        expect(reasonOf(token)).toMatch(/signature|header/)
      }
    }
  })

  test('ATT-16: other encodings of the same signature are refused', () => {
    const raw = Buffer.from(signature, 'base64url')
    const others = [
      Buffer.concat([Buffer.alloc(1), raw]),
      Buffer.concat([raw, Buffer.alloc(1)]),
      raw.subarray(1),
      raw.subarray(0, -1),
      Buffer.alloc(raw.length),
      Buffer.alloc(0),
      Buffer.alloc(raw.length, 255),
    ]
    for (const other of others)
      expect(reasonOf(`${first}.${second}.${other.toString('base64url')}`)).toBe('signature')
    for (let bit = 0; bit < raw.length * 8; bit += 7) {
      const flipped = Buffer.from(raw)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(reasonOf(`${first}.${second}.${flipped.toString('base64url')}`)).toBe('signature')
    }
    expect(reasonOf(`${first}.${second}.${raw.toString('base64')}=`)).toBe('signature')
  })

  test('ATT-07, ATT-10, ATT-11: invalid contents are refused even with a valid signature', () => {
    const text = JSON.stringify(claims)
    expect(reasonOf(forge(header, text.replace('"sub":"ada"', '"sub":"ada","sub":"eve"')))).toBe(
      'payload',
    )
    expect(reasonOf(forge(header, `\ufeff${text}`))).toBe('payload')
    expect(reasonOf(forge(header, text.replace(/"exp":\d+/, '"exp":1e309')))).toBe('exp')
  })

  test('ATT-22: a valid token signed with a key of another type is refused', () => {
    for (const other of ALGS.filter((name) => name !== alg)) {
      const otherKey = setUp(other)
      const input = `${first}.${second}`
      expect(reasonOf(`${input}.${partsOf(otherKey.forge(header, claims))[2]}`)).toBe('signature')
    }
  })
})

test('ATT-02: a public key is refused as a secret, as PEM and as JWK', () => {
  const { auth, header, claims, reasonOf } = setUp('RS256')
  const spki = createPublicKey(KEYS.RS256!).export({ format: 'pem', type: 'spki' }).toString()
  for (const key of [spki, spki.trimEnd(), `${spki}\n`]) {
    const input = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`
    expect(reasonOf(`${input}.${hmac('sha256', key, input)}`)).toBe('alg')
    expect(() => createAuth({ secret: key })).toThrow(/this is a public key/)
    expect(() =>
      createAuth({ keys: [{ key: createSecretKey(Buffer.from(key)), alg: 'HS256' }] }),
    ).toThrow(/this is a public key/)
  }
  expect(() => createAuth({ secret: JSON.stringify(auth.jwks()) })).toThrow(/this is a public key/)
  expect(() => createAuth({ secret: JSON.stringify(auth.jwks().keys[0]) })).toThrow(
    /this is a public key/,
  )
})

test('ATT-03: an injection through kid finds no key', () => {
  const { forge, header, claims, reasonOf } = setUp()
  for (const kid of [
    '../../../dev/null',
    '../../public/css/main.css',
    "x' UNION SELECT 'key';--",
    '| sleep 5',
    '$(id)',
    'https://127.0.0.1:9/key',
    '__proto__',
    '\0',
    '',
    0,
    [],
    [header.kid],
  ]) {
    expect(reasonOf(forge({ ...header, kid }, claims))).toBe('kid')
    // Signed with the contents of such a file as the secret.
    const input = `${encode({ ...header, kid })}.${encode(claims)}`
    expect(reasonOf(`${input}.${hmac('sha256', '', input)}`)).toBe('kid')
  }
})

test('JOSE-10, ATT-04: an address in a header is never fetched', async () => {
  let accesses = 0
  const server = createServer((_request, response) => {
    accesses++
    response.end('{"keys":[]}')
  })
  server.on('connection', () => accesses++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  try {
    const thief = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const issuer = {
      issuer: 'https://id.example',
      audience: 'shop',
      keys: [{ key: createPublicKey(KEYS.ES256!), alg: 'ES256' }],
    }
    const auth = createAuth({
      keys: [{ key: KEYS.ES256!, alg: 'ES256' }],
      issuers: [issuer],
      now: () => NOW,
    })
    const { header, claims } = setUp('ES256')
    for (const name of ['jku', 'x5u', 'kid', 'iss', 'jwks_uri', 'cty']) {
      for (const own of [{}, { iss: issuer.issuer }, { iss: address }]) {
        const checked = await auth.checkToken(
          signWith(
            thief,
            `${encode({ ...header, [name]: address })}.${encode({ ...claims, ...own })}`,
          ),
        )
        expect(checked).toMatchObject({ code: 'token_invalid' })
      }
    }
    expect(accesses).toBe(0)
  } finally {
    server.close()
  }
})

test('ATT-05: trivial signatures are refused', () => {
  for (const alg of ['ES256', 'ES384', 'ES512', 'Ed25519', 'RS256', 'PS256', 'HS256']) {
    const { good, reasonOf } = setUp(alg)
    const [first, second, signature] = partsOf(good)
    const bytes = Buffer.from(signature, 'base64url').length
    for (const trivial of [
      Buffer.alloc(bytes),
      Buffer.alloc(bytes, 255),
      Buffer.concat([Buffer.from([1]), Buffer.alloc(bytes - 1)]),
      Buffer.concat([Buffer.alloc(bytes - 1), Buffer.from([1])]),
    ]) {
      expect(reasonOf(`${first}.${second}.${trivial.toString('base64url')}`)).toBe('signature')
    }
  }
})

test('ATT-06: crit is refused in every form', () => {
  const { forge, header, claims, reasonOf } = setUp()
  for (const crit of [
    ['unknown'],
    [],
    ['alg', 'alg'],
    'exp',
    ['exp'],
    ['b64'],
    { 0: 'exp' },
    null,
    false,
  ])
    expect(reasonOf(forge({ ...header, crit }, claims))).toBe('crit')
})

test('ATT-14: very large and very deep tokens are refused by their size', () => {
  const { header, good, reasonOf } = setUp()
  const long = [
    `${encode({ ...header, x: 'x'.repeat(1_000_000) })}.${partsOf(good)[1]}.x`,
    `${partsOf(good)[0]}.${encode('x'.repeat(10_000_000))}.x`,
    `${partsOf(good)[0]}.${encode(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)}.x`,
    `${partsOf(good)[0]}.${encode(`{${'"a":1,'.repeat(1_000_000)}"b":1}`)}.x`,
    '.'.repeat(100_000),
  ]
  for (const token of long) expect(reasonOf(token)).toBe('size')
})

test('ATT-15: a token in a token is refused: the payload is not an object', () => {
  const { forge, header, good, reasonOf } = setUp()
  expect(reasonOf(forge({ ...header, cty: 'JWT' }, good))).toBe('payload')
  expect(reasonOf(forge({ ...header, cty: 'JWT' }, `"${good}"`))).toBe('payload')
  expect(reasonOf(`${good}.${good}`)).toBe('parts')
})

test('ATT-17: guessable secrets are refused', () => {
  for (const weak of [
    '',
    ' ',
    'secret',
    'password',
    'changeme',
    'your-256-bit-secret',
    'super-secret',
    'shhhhh',
    'qwertyuiopasdfghjklzxcvbnm123456'.slice(0, 31),
  ]) {
    expect(() => createAuth({ secret: weak })).toThrow(/at least 32 bytes/)
  }
  for (const weak of [
    'a'.repeat(64),
    'ab'.repeat(32),
    ' '.repeat(40),
    '0'.repeat(40),
    'secret'.repeat(10),
    'abcd'.repeat(16),
    Buffer.alloc(32),
    Buffer.alloc(64, 7),
  ]) {
    expect(() => createAuth({ secret: weak })).toThrow(/repeats itself/)
    expect(() =>
      createAuth({ keys: [{ key: createSecretKey(Buffer.from(weak as string)), alg: 'HS256' }] }),
    ).toThrow(/repeats itself/)
  }
})

test('ATT-18: a new key with the old kid does not verify tokens of the old key', () => {
  const [before, after] = ['ES256', 'Ed25519'].map((alg) =>
    createAuth({ keys: [{ key: KEYS[alg]!, alg, kid: 'key' }], now: () => NOW }),
  )
  expect(after!.decodeToken(before!.createAccessToken('ada'))).toMatchObject({
    code: 'token_invalid',
  })
})

test('ATT-23: claims of unexpected types are refused', () => {
  const { forge, header, claims, reasonOf } = setUp('HS256', { audience: 'shop' })
  for (const aud of [1, {}, [['shop']], [], ['shop', {}]])
    expect(reasonOf(forge(header, { ...claims, aud }))).toBe('aud')
  for (const sub of [{}, ['ada'], 1])
    expect(reasonOf(forge(header, { ...claims, sub }))).toBe('sub')
  expect(reasonOf(forge(header, { ...claims, jti: {} }))).toBe('jti')
})

test('ATT-24: removing cnf invalidates the signature', () => {
  const { forge, header, claims, reasonOf } = setUp()
  const [first, , signature] = partsOf(forge(header, { ...claims, cnf: { jkt: 'x' } }))
  expect(reasonOf(`${first}.${encode(claims)}.${signature}`)).toBe('signature')
})

describe('ATT-25: accepted tokens are refused once their session or key is gone', () => {
  const checkAfter = async (
    change: (auth: ReturnType<typeof make>, sessionId: string) => Promise<unknown>,
  ) => {
    const auth = make()
    const { accessToken, sessionId } = await auth.signIn('ada')
    for (let i = 0; i < 4; i++)
      expect(await auth.checkToken(accessToken)).toMatchObject({ ok: true })
    await change(auth, sessionId)
    return auth.checkToken(accessToken)
  }
  const make = () => createAuth({ secret: SECRET, store: memoryStore(), now: () => NOW })
  test('sign-out', async () =>
    expect(await checkAfter((auth, id) => auth.signOut(id))).toMatchObject({
      code: 'session_signed_out',
    }))
  test('a password change', async () =>
    expect(await checkAfter((auth) => auth.signOutEverywhere('ada'))).toMatchObject({
      code: 'session_signed_out',
    }))
  test('a key that was removed', () => {
    const before = createAuth({ keys: [{ key: KEYS.ES256!, alg: 'ES256' }], now: () => NOW })
    const token = before.createAccessToken('ada')
    for (let i = 0; i < 3; i++) expect(before.checkToken(token)).toMatchObject({ ok: true })
    expect(
      createAuth({ keys: [{ key: KEYS.Ed25519!, alg: 'Ed25519' }], now: () => NOW }).checkToken(
        token,
      ),
    ).toMatchObject({ code: 'token_invalid' })
  })
})

test('ATT-26: a hundred concurrent refreshes with one token have one successor', async () => {
  const auth = createAuth({ secret: SECRET, store: memoryStore(), now: () => NOW })
  const { refreshToken } = await auth.signIn('ada')
  const all = await Promise.all(Array.from({ length: 100 }, () => auth.refresh(refreshToken)))
  expect(
    new Set(all.map((outcome) => (outcome.ok ? outcome.tokens.refreshToken : outcome.code))).size,
  ).toBe(1)
})

test('JWT-11: forty kinds of invalid token get identical HTTP responses', async () => {
  const { auth, good, header, claims, forge } = setUp('HS256', { audience: 'shop' })
  const [first, second, signature] = partsOf(good)
  const other = setUp('ES256').good
  const jwk: JsonWebKey = createPublicKey(KEYS.ES256!).export({ format: 'jwk' })
  const bad = [
    'x',
    'a.b',
    'a.b.c',
    'a.b.c.d.e',
    '...',
    `${first}.${second}`,
    `${first}.${second}.`,
    `${first}.${second}.${signature.slice(1)}`,
    `${good}A`,
    `${good}=`,
    good.toUpperCase(),
    other,
    'A'.repeat(12_000),
    forge({ ...header, alg: 'none' }, claims),
    forge({ ...header, alg: 'ES256' }, claims),
    forge({ ...header, kid: 'x' }, claims),
    forge({ ...header, typ: 'JWT' }, claims),
    forge({ ...header, crit: ['x'] }, claims),
    forge({ ...header, b64: false }, claims),
    forge({ ...header, jwk, kid: 'y' }, claims),
    forge([], claims),
    forge('{', claims),
    forge(header, []),
    forge(header, '{'),
    ...[
      { aud: 'x' },
      { aud: undefined },
      { aud: ['x'] },
      { sub: '' },
      { sub: 1 },
      { jti: 1 },
      { exp: '1' },
      { exp: undefined },
      { exp: 1e308 },
      { exp: -1 },
      { iat: null },
      { nbf: NOW },
      { nbf: 'x' },
      { fresh: 'yes' },
    ].map((change) => forge(header, { ...claims, ...change })),
    forge(header, JSON.stringify(claims).replace('"sub"', '"sub":"a","sub"')),
    forge(header, `\ufeff${JSON.stringify(claims)}`),
  ]
  const check = guard(auth)
  const server = createServer(
    (request, response) =>
      void Promise.resolve(check(request, response)).then(
        (passed) => passed && response.end((getAuth(request) as { identity: string }).identity),
      ),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const send = async (token: string) => {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return {
      status: response.status,
      headers: [...response.headers].filter(([name]) => name !== 'date').toString(),
      body: await response.text(),
    }
  }
  try {
    expect(await send(good)).toMatchObject({ status: 200, body: 'ada' })
    const responses = await Promise.all(bad.map(send))
    expect(bad.length).toBeGreaterThanOrEqual(40)
    for (const response of responses) expect(response).toEqual(responses[0])
    expect(responses[0]).toMatchObject({
      status: 401,
      body: JSON.stringify(refusalReply(auth.decodeToken('x') as Refusal).body),
    })
    expect(responses[0]!.headers).toContain('error="invalid_token"')
  } finally {
    server.close()
  }
})

test('an invalid token never reaches the store', async () => {
  const { forge, header, claims } = setUp()
  const storeCalls: string[] = []
  const store = new Proxy(memoryStore(), {
    get:
      (target, name) =>
      (...args: unknown[]) => (
        storeCalls.push(String(name)),
        (target[name as 'read'] as (...all: unknown[]) => unknown)(...args)
      ),
  })
  const auth = createAuth({
    keys: [{ key: KEYS.HS256!, alg: 'HS256' }],
    secret: SECRET,
    store,
    now: () => NOW,
  })
  const { accessToken, refreshToken } = await auth.signIn('ada')
  await auth.checkToken(accessToken)
  await new Promise<void>((resolve) => setImmediate(resolve))
  storeCalls.length = 0
  const forged = refreshToken.slice(0, -1) + (refreshToken.endsWith('A') ? 'B' : 'A')
  for (let i = 0; i < 100; i++) {
    for (const token of [
      `x${i}`,
      forged,
      forge({ ...header, kid: `${i}` }, claims),
      forge(header, { ...claims, exp: 1 }),
      `${accessToken}x`,
      'A'.repeat(9000),
    ]) {
      expect((await auth.checkToken(token)).ok).toBe(false)
      expect((await auth.refresh(token)).ok).toBe(false)
    }
  }
  expect(storeCalls).toEqual([])
})
