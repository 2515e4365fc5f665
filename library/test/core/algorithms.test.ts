import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  verify as nodeVerify,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { expect, test } from 'vitest'
import { createAuth, type KeySource } from 'latchkey'
import { ALGORITHMS, type AlgorithmName } from '../../src/core/algorithms.ts'
import { KEYS } from './keys.ts'

const NAMES = [...ALGORITHMS.keys()]
const asymmetric = NAMES.filter((name) => !name.startsWith('HS'))
const headerOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as Record<string, string>

test('the supported algorithms', () => {
  expect(NAMES.toSorted()).toEqual(
    [
      'HS256',
      'HS384',
      'HS512',
      'RS256',
      'RS384',
      'RS512',
      'PS256',
      'PS384',
      'PS512',
      'ES256',
      'ES384',
      'ES512',
      'Ed25519',
      'EdDSA',
    ].toSorted(),
  )
})

test.each(NAMES)('%s: a token verifies with its own key and with no other', (alg) => {
  const auth = createAuth({ keys: [{ key: KEYS[alg]!, alg }] })
  const token = auth.createAccessToken('ada')
  expect(headerOf(token)).toMatchObject({ alg, typ: 'at+jwt' })
  expect(auth.checkToken(token)).toMatchObject({ ok: true, claims: { sub: 'ada' } })
  for (const other of NAMES.filter((name) => name !== alg)) {
    const reasons: string[] = []
    const otherAuth = createAuth({
      keys: [{ key: KEYS[other]!, alg: other as AlgorithmName, kid: headerOf(token).kid! }],
      onEvent: (event) => void (event.type === 'token-refused' && reasons.push(event.reason)),
    })
    expect(otherAuth.checkToken(token)).toMatchObject({ code: 'token_invalid' })
    expect(reasons).toEqual(['alg'])
  }
})

/** All forms of a private key and of its public key. */
function formsOf(
  key: KeyObject,
  alg: AlgorithmName,
): { private: KeySource[]; public: KeySource[] } {
  const publicKey = createPublicKey(key)
  const pem = (of: KeyObject, type: 'pkcs8' | 'spki' | 'pkcs1' | 'sec1') =>
    of.export({ format: 'pem', type }).toString()
  const old = alg.startsWith('ES')
    ? (['sec1'] as const)
    : alg.startsWith('E')
      ? []
      : (['pkcs1'] as const)
  return {
    private: [
      { ...key.export({ format: 'jwk' }), alg },
      { key, alg },
      ...['pkcs8' as const, ...old].map((type) => ({ pem: pem(key, type), alg })),
    ],
    public: [
      { ...publicKey.export({ format: 'jwk' }), alg },
      { key: publicKey, alg },
      ...['spki' as const, ...old.filter((type) => type === 'pkcs1')].map((type) => ({
        pem: pem(publicKey, type),
        alg,
      })),
    ],
  }
}

test.each(asymmetric)(
  '%s: JWK, PEM and KeyObject give the same key, with its thumbprint as kid',
  (alg) => {
    const forms = formsOf(KEYS[alg]!, alg as AlgorithmName)
    const jwks = [...forms.private, ...forms.public].map((source) =>
      createAuth({ keys: [source] }).jwks(),
    )
    for (const keySet of jwks) expect(keySet).toEqual(jwks[0])
    const token = createAuth({ keys: [forms.private[0]!] }).createAccessToken('ada')
    for (const source of [...forms.private, ...forms.public])
      expect(createAuth({ keys: [source] }).decodeToken(token).ok).toBe(true)
    for (const source of forms.public) {
      expect(() => createAuth({ keys: [source] }).createAccessToken('ada')).toThrow(
        'cannot sign a token: the first key in the option "keys" is a public key',
      )
    }
  },
)

/** A busy machine takes a while for thousands of signatures. */
const LONG = { timeout: 120_000 }

test.each([
  ['ES256', 1000],
  ['ES384', 900],
  ['ES512', 60],
] as const)(
  '%s: signatures verify for every kind of leading byte in R and S',
  LONG,
  (alg, count) => {
    const { sign, verify } = ALGORITHMS.get(alg)!
    const [privateKey, publicKey] = [KEYS[alg]!, createPublicKey(KEYS[alg]!)]
    const begins = new Set<string>()
    for (let at = 0; at < count; at++) {
      const signature = sign(privateKey, `text ${at}`)
      const raw = Buffer.from(signature, 'base64url')
      for (const first of [raw[0]!, raw[raw.length / 2]!])
        begins.add(first === 0 ? 'zero' : first >= 0x80 ? 'high' : 'low')
      expect(verify(publicKey, `text ${at}`, signature)).toBe(true)
      expect(
        nodeVerify(
          `sha${alg.slice(2)}`,
          Buffer.from(`text ${at}`),
          { key: publicKey, dsaEncoding: 'ieee-p1363' },
          raw,
        ),
      ).toBe(true)
      expect(verify(publicKey, `text ${at + 1}`, signature)).toBe(false)
    }
    // The first byte of a P-521 number is 0 or 1.
    expect([...begins].toSorted()).toEqual(
      alg === 'ES512' ? ['low', 'zero'] : ['high', 'low', 'zero'],
    )
  },
)

test('another service verifies tokens with only the published key', () => {
  const auth = createAuth({ keys: asymmetric.map((alg) => ({ key: KEYS[alg]!, alg, kid: alg })) })
  const { keys } = auth.jwks()
  expect(keys.map(({ kid }) => kid)).toEqual(asymmetric)
  for (const jwk of keys) {
    expect(jwk).toMatchObject({ use: 'sig', alg: jwk.kid })
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'])
      expect(jwk).not.toHaveProperty(secret)
    const other = createAuth({ keys: [jwk] })
    expect(
      other.decodeToken(
        createAuth({
          keys: [{ key: KEYS[jwk.alg]!, alg: jwk.alg, kid: jwk.kid }],
        }).createAccessToken('ada'),
      ).ok,
    ).toBe(true)
  }
})

test('key rotation: a key verifies before it begins to sign and after it has stopped', () => {
  const [old, next] = [
    { key: KEYS.ES256!, alg: 'ES256' },
    { key: KEYS.Ed25519!, alg: 'Ed25519' },
  ]
  const steps = [[old], [old, next], [next, old], [next]].map((keys) => createAuth({ keys }))
  for (const [index, auth] of steps.entries()) {
    const token = auth.createAccessToken('ada')
    for (const neighbour of [steps[index - 1], steps[index + 1]].filter(
      (auth) => auth !== undefined,
    ))
      expect(neighbour.decodeToken(token).ok).toBe(true)
  }
  expect(steps[3]!.decodeToken(steps[0]!.createAccessToken('ada'))).toMatchObject({
    code: 'token_invalid',
  })
})

test('an RSA-PSS key that prescribes hash, mask and salt is used only with those', () => {
  const pair = (hashAlgorithm: string, saltLength = 32, mgf1HashAlgorithm = hashAlgorithm) =>
    generateKeyPairSync('rsa-pss', {
      modulusLength: 2048,
      hashAlgorithm,
      mgf1HashAlgorithm,
      saltLength: saltLength as never,
    }).privateKey
  const key = pair('sha256')
  const auth = createAuth({ keys: [{ key, alg: 'PS256' }] })
  expect(createAuth({ keys: auth.jwks().keys }).decodeToken(auth.createAccessToken('ada')).ok).toBe(
    true,
  )
  expect(auth.jwks().keys[0]).toMatchObject({ kty: 'RSA', alg: 'PS256' })
  expect(() => createAuth({ keys: [{ key, alg: 'RS256' }] })).toThrow(/RS256 needs an RSA key/)
  for (const wrong of [pair('sha512'), pair('sha256', 33), pair('sha256', 32, 'sha1')]) {
    expect(() => createAuth({ keys: [{ key: wrong, alg: 'PS256' }] })).toThrow(
      /PS256 needs an RSA-PSS key made for sha256 and a salt of at most 32 bytes/,
    )
  }
})

test('EdDSA and Ed25519 are different algorithms: the key decides', () => {
  const key = KEYS.Ed25519!
  const [named, old] = [
    createAuth({ keys: [{ key, alg: 'Ed25519' }] }),
    createAuth({ keys: [{ key, alg: 'EdDSA' }] }),
  ]
  expect(named.decodeToken(old.createAccessToken('ada')).ok).toBe(false)
  expect(old.decodeToken(named.createAccessToken('ada')).ok).toBe(false)
})

const jwkOf = (alg: string): JsonWebKey => ({ ...KEYS[alg]!.export({ format: 'jwk' }), alg })
const publicOf = (alg: string): JsonWebKey => ({
  ...(alg.startsWith('HS') ? KEYS[alg]! : createPublicKey(KEYS[alg]!)).export({ format: 'jwk' }),
  alg,
})
const ec = jwkOf('ES256')
const rsa = jwkOf('RS256')
const pem = createPrivateKey({ key: ec, format: 'jwk' })
  .export({ format: 'pem', type: 'pkcs8' })
  .toString()

const REFUSED: Array<[name: string, key: unknown, message: RegExp]> = [
  ['not an object', 'key', /must be a JWK, { pem, alg } or { key, alg }/],
  ['no alg', { pem }, /\.alg must be one of/],
  ['an alg of another case', { pem, alg: 'es256' }, /\.alg must be one of/],
  ['alg none', { pem, alg: 'none' }, /\.alg must be one of/],
  ['an alg of the prototype', { pem, alg: 'constructor' }, /\.alg must be one of/],
  ['a kid that is not a string', { pem, alg: 'ES256', kid: 7 }, /kid must be a string/],
  [
    'a kid of 129 characters',
    { pem, alg: 'ES256', kid: 'x'.repeat(129) },
    /kid must be a string of 1 to 128/,
  ],
  ['PEM with a member of a JWK', { pem, alg: 'ES256', use: 'sig' }, /unknown member "use"/],
  ['two blocks of PEM', { pem: pem + pem, alg: 'ES256' }, /one PEM block/],
  [
    'PEM that cannot be read',
    { pem: pem.replace('MIGH', 'MIGX'), alg: 'ES256' },
    /pem is not a key that can be read/,
  ],
  [
    'a public key as a secret',
    { pem: createPublicKey(pem).export({ format: 'pem', type: 'spki' }), alg: 'HS256' },
    /HS256 needs a secret/,
  ],
  [
    'a KeyObject that is not one',
    { key: { type: 'private' }, alg: 'ES256' },
    /must be a KeyObject/,
  ],
  [
    'a secret for ES256',
    { key: createSecretKey(randomBytes(32)), alg: 'ES256' },
    /ES256 needs an elliptic curve key/,
  ],
  [
    'a short secret',
    { key: createSecretKey(randomBytes(31)), alg: 'HS256' },
    /HS256 needs a secret of at least 32 bytes/,
  ],
  [
    'a short secret for HS384',
    { key: createSecretKey(randomBytes(47)), alg: 'HS384' },
    /at least 48 bytes/,
  ],
  [
    'a short secret for HS512',
    { kty: 'oct', k: randomBytes(63).toString('base64url'), alg: 'HS512' },
    /at least 64 bytes/,
  ],
  [
    'a secret with an EC coordinate',
    { ...publicOf('HS256'), x: ec.x },
    /\.x is missing, superfluous/,
  ],
  [
    'a secret in padded base64url',
    { ...publicOf('HS256'), k: `${publicOf('HS256').k}=` },
    /\.k is missing/,
  ],
  [
    'an RSA key of 1024 bits',
    { key: generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey, alg: 'RS256' },
    /RSA key of 2048 to 8192 bits/,
  ],
  [
    'an RSA key of 2047 bits',
    {
      ...publicOf('RS256'),
      n: Buffer.concat([
        Buffer.from([0x7f]),
        Buffer.from(rsa.n!, 'base64url').subarray(1),
      ]).toString('base64url'),
    },
    /2048 to 8192/,
  ],
  ['an RSA key with the exponent 1', { ...publicOf('RS256'), e: 'AQ' }, /odd exponent/],
  ['an RSA key with an even exponent', { ...publicOf('RS256'), e: 'AQAC' }, /odd exponent/],
  [
    'an RSA key with an exponent of 512 bits',
    { ...publicOf('RS256'), e: randomBytes(64).fill(255, 0, 64).toString('base64url') },
    /odd exponent/,
  ],
  [
    'an RSA key of the ROCA generator',
    { ...publicOf('RS256'), n: rocaModulus() },
    /CVE-2017-15361/,
  ],
  ['an RSA key without a prime', { ...rsa, p: undefined }, /private RSA key without p; export/],
  ['a prime without the rest', { ...publicOf('RS256'), p: rsa.p }, /\.p is missing, superfluous/],
  ['an EC key that is also a secret', { ...ec, k: 'AAAA' }, /\.k is missing, superfluous/],
  [
    'an EC key with the private half of another',
    {
      ...ec,
      d: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }).d,
    },
    /not a valid JWK|private half/,
  ],
  [
    'an Ed25519 key with the public half of another',
    {
      ...jwkOf('Ed25519'),
      x: generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }).x,
    },
    /\.x is missing|private half/,
  ],
  ['an EC key off the curve', { ...publicOf('ES256'), y: ec.x }, /is not a valid JWK/],
  [
    'P-384 for ES256',
    { ...publicOf('ES384'), alg: 'ES256' },
    /ES256 needs an elliptic curve key on prime256v1/,
  ],
  [
    'secp256k1 for ES256',
    { key: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey, alg: 'ES256' },
    /ES256 needs an elliptic curve key on prime256v1/,
  ],
  ['RSA for ES256', { ...rsa, alg: 'ES256' }, /ES256 needs a JWK with kty "EC"/],
  [
    'Ed448 for Ed25519',
    { key: generateKeyPairSync('ed448').publicKey, alg: 'Ed25519' },
    /needs an Ed25519 key/,
  ],
  [
    'X25519 for Ed25519',
    { ...generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }), alg: 'Ed25519' },
    /needs an Ed25519 key/,
  ],
  ['a key to encrypt with', { ...rsa, use: 'enc' }, /use must be "sig"/],
  ['key_ops that do not sign', { ...rsa, key_ops: ['verify'] }, /key_ops must contain sign/],
  [
    'key_ops that do not verify',
    { ...publicOf('RS256'), key_ops: ['sign'] },
    /key_ops must contain verify/,
  ],
  [
    'key_ops that also encrypt',
    { ...rsa, key_ops: ['sign', 'encrypt'] },
    /nothing but sign and verify/,
  ],
  ['key_ops with a repeated member', { ...rsa, key_ops: ['sign', 'sign'] }, /key_ops/],
  ['key_ops as a string', { ...rsa, key_ops: 'sign' }, /key_ops/],
  [
    'key_ops of a secret that only signs',
    { ...publicOf('HS256'), key_ops: ['sign'] },
    /key_ops must contain sign and verify/,
  ],
]
test.each(REFUSED)('a key is refused: %s', (_name, key, message) => {
  const make = () => createAuth({ keys: [key as KeySource] })
  expect(make).toThrow(message)
  expect(make).toThrow(TypeError)
})

/** A modulus of the ROCA generator: a power of 65537 modulo the product of small primes. */
function rocaModulus(): string {
  const isPrime = (n: number) =>
    Array.from({ length: n - 2 }, (_, i) => i + 2).every((divisor) => n % divisor !== 0)
  const product = Array.from({ length: 165 }, (_, i) => i + 3)
    .filter(isPrime)
    .reduce((all, prime) => all * BigInt(prime), 1n)
  let power = 1n
  for (let i = 0; i < 1234; i++) power = (power * 65537n) % product
  let modulus = ((2n ** 2048n - 1n) / product - 1n) * product + power
  if (modulus % 2n === 0n) modulus -= product
  return Buffer.from(modulus.toString(16), 'hex').toString('base64url')
}

/** All encodings of the points of small order (RFC 8032), with and without the sign bit of x. */
test.each([
  ['the neutral point', `01${'00'.repeat(31)}`],
  ['order 2', `ec${'ff'.repeat(30)}7f`],
  ['order 4', '00'.repeat(32)],
  ['order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
  ['order 8, the opposite', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
  ['0 written as p', `ed${'ff'.repeat(30)}7f`],
  ['1 written as p + 1', `ee${'ff'.repeat(30)}7f`],
])('an Ed25519 key is refused: %s', (_name, hex) => {
  for (const sign of [0, 0x80]) {
    const bytes = Buffer.from(hex, 'hex')
    bytes[31]! |= sign
    expect(() =>
      createAuth({
        keys: [{ kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url'), alg: 'Ed25519' }],
      }),
    ).toThrow(/another Ed25519 key|can be read/)
  }
})

test('no error message contains key material', () => {
  for (const [, key] of REFUSED) {
    try {
      createAuth({ keys: [key as KeySource] })
    } catch (error) {
      const text = `${String(error)}${String((error as Error).cause)}`
      for (const secret of [ec.d!, rsa.d!, rsa.n!, pem.split('\n')[1]!])
        expect(text).not.toContain(secret)
    }
  }
})
