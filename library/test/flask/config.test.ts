import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { createAuth, type SessionAuth } from 'latchkey'
import { fromFlask, type FlaskConfig } from 'latchkey/flask'
import { memoryStore } from 'latchkey/stores/memory'
import { OPTIONS } from '../../src/flask/config.ts'
import { request } from '../http/request.ts'
import { SECRET } from './tokens.ts'

const pem = (type: 'rsa' | 'ec', options: object) => {
  const pair = generateKeyPairSync(
    type as 'rsa',
    {
      ...options,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    } as never,
  ) as unknown as { publicKey: string; privateKey: string }
  return { JWT_PUBLIC_KEY: pair.publicKey, JWT_PRIVATE_KEY: pair.privateKey }
}
const RSA = pem('rsa', { modulusLength: 2048 })

const INVALID: Array<[config: object, message: RegExp]> = [
  [
    { JWT_SECRET: 'x' },
    /unknown option "JWT_SECRET"; the options are SECRET_KEY, JWT_TOKEN_LOCATION/,
  ],
  [{ toString: 1 }, /unknown option "toString"/],
  ...[
    'JWT_ACESS_TOKEN_EXPIRES',
    'jwt_secret_key',
    'JTW_SECRET_KEY',
    'JW_ALGORITHM',
    'secretKey',
  ].map((name): [object, RegExp] => [{ [name]: 'x' }, new RegExp(`unknown option "${name}"`)]),
  ...['ten', -1, { seconds: -1 }, { months: 1 }, { seconds: '10' }, true, [10]].map(
    (value): [object, RegExp] => [
      { JWT_DECODE_LEEWAY: value },
      /JWT_DECODE_LEEWAY: it must be seconds, 0 or more, or { days, hours, minutes, seconds }/,
    ],
  ),
  [
    { JWT_BLACKLIST_ENABLED: true },
    /unknown option "JWT_BLACKLIST_ENABLED"; pass the callback isRevoked to createAuth instead/,
  ],
  ...[1, {}, null].map((value): [object, RegExp] => [
    { JWT_TOKEN_LOCATION: value },
    /JWT_TOKEN_LOCATION must be a sequence or a set/,
  ]),
  [
    { JWT_TOKEN_LOCATION: [] },
    /JWT_TOKEN_LOCATION must contain at least one of "headers", "cookies", "query_string", or "json"/,
  ],
  ...['banana', [1], ['headers', 'banana']].map((value): [object, RegExp] => [
    { JWT_TOKEN_LOCATION: value },
    /JWT_TOKEN_LOCATION can only contain "headers", "cookies", "query_string", or "json"/,
  ]),
  ...['banana', true, 1.5, 0, { minutes: 0 }, { fortnights: 1 }].flatMap(
    (value): Array<[object, RegExp]> => [
      [
        { JWT_ACCESS_TOKEN_EXPIRES: value },
        /must be able to add JWT_ACCESS_TOKEN_EXPIRES to datetime\.datetime: give whole seconds/,
      ],
      [
        { JWT_REFRESH_TOKEN_EXPIRES: value },
        /must be able to add JWT_REFRESH_TOKEN_EXPIRES to datetime\.datetime/,
      ],
    ],
  ),
  [{ JWT_HEADER_NAME: '' }, /JWT_ACCESS_HEADER_NAME cannot be empty/],
  [{ JWT_HEADER_TYPE: 'two words' }, /JWT_HEADER_TYPE: it must be one word/],
  [{ JWT_ALGORITHM: 'none' }, /JWT_ALGORITHM: it must be a signing algorithm of PyJWT/],
  [{ JWT_DECODE_ALGORITHMS: 'HS256' }, /JWT_DECODE_ALGORITHMS: it must be an array/],
  [{ JWT_DECODE_AUDIENCE: 5 }, /JWT_DECODE_AUDIENCE: it must be a string or an array/],
  [{ JWT_ENCODE_ISSUER: ['x'] }, /JWT_ENCODE_ISSUER: it must be a string/],
  [
    { JWT_COOKIE_SAMESITE: 'some' },
    /JWT_COOKIE_SAMESITE: SameSite must be 'Strict', 'Lax', or 'None'/,
  ],
  [{ JWT_COOKIE_SECURE: 'yes' }, /JWT_COOKIE_SECURE: it must be true or false/],
  [{ JWT_CSRF_METHODS: 'POST' }, /JWT_CSRF_METHODS: it must be an array of methods/],
  [{ JWT_ACCESS_COOKIE_NAME: 'a;b' }, /JWT_ACCESS_COOKIE_NAME: it must be the name/],
]
test.each(INVALID)('fromFlask(%j) throws %s', (config, message) => {
  const configure = () => fromFlask({ JWT_SECRET_KEY: SECRET, ...config })
  expect(configure).toThrow(message)
  expect(configure).toThrow(TypeError)
})

const INVALID_KEYS: Array<[config: FlaskConfig, message: RegExp]> = [
  [{}, /JWT_SECRET_KEY or flask SECRET_KEY must be set when using symmetric algorithm "HS256"/],
  [{ JWT_SECRET_KEY: '' }, /JWT_SECRET_KEY or flask SECRET_KEY must be set/],
  [
    { JWT_ALGORITHM: 'RS256', JWT_SECRET_KEY: SECRET },
    /JWT_PUBLIC_KEY must be set to use asymmetric cryptography algorithm "RS256"/,
  ],
  [{ JWT_SECRET_KEY: RSA.JWT_PUBLIC_KEY }, /JWT_SECRET_KEY is not a key for HS256/],
  [{ JWT_SECRET_KEY: '{"kty":"oct","k":"AAAA"}' }, /JWT_SECRET_KEY is not a key for HS256/],
  [{ JWT_ALGORITHM: 'ES256', ...RSA }, /JWT_PUBLIC_KEY is not a key for ES256/],
  [
    { JWT_ALGORITHM: 'RS256', JWT_PUBLIC_KEY: 'x', JWT_PRIVATE_KEY: 'y' },
    /JWT_PUBLIC_KEY is not a key for RS256/,
  ],
]
test.each(INVALID_KEYS)(
  'createAuth with a missing or unsuitable key, %j, throws',
  (config, message) => {
    expect(() => createAuth(fromFlask(config))).toThrow(message)
  },
)

test('without a private key tokens are verified, and creating one throws', () => {
  const auth = createAuth(fromFlask({ JWT_ALGORITHM: 'RS256', JWT_PUBLIC_KEY: RSA.JWT_PUBLIC_KEY }))
  expect(() => auth.createAccessToken('ada')).toThrow(
    /JWT_PRIVATE_KEY must be set to use asymmetric cryptography algorithm "RS256"/,
  )
  const token = createAuth(fromFlask({ JWT_ALGORITHM: 'RS256', ...RSA })).createAccessToken('ada')
  expect(auth.decodeToken(token)).toMatchObject({ ok: true, header: { alg: 'RS256' } })
})

test('SECRET_KEY is used only if JWT_SECRET_KEY is missing', () => {
  const token = createAuth(fromFlask({ SECRET_KEY: SECRET })).createAccessToken('ada')
  expect(
    createAuth(
      fromFlask({
        JWT_SECRET_KEY: SECRET,
        SECRET_KEY: 'another one, which is as long as it should be',
      }),
    ).decodeToken(token),
  ).toMatchObject({ ok: true })
})

test.each([
  ['HS384', {}],
  ['HS512', {}],
  ['RS384', RSA],
  ['RS512', RSA],
  ['PS256', RSA],
  ['PS384', RSA],
  ['PS512', RSA],
  ['ES256', pem('ec', { namedCurve: 'P-256' })],
  ['ES256K', pem('ec', { namedCurve: 'secp256k1' })],
  ['ES384', pem('ec', { namedCurve: 'P-384' })],
  ['ES512', pem('ec', { namedCurve: 'P-521' })],
  ['ES521', pem('ec', { namedCurve: 'P-521' })],
  ['EdDSA', pem('ed25519' as never, {})],
])('%s: tokens are signed and verified', (JWT_ALGORITHM, keys) => {
  const auth = createAuth(fromFlask({ JWT_SECRET_KEY: SECRET, JWT_ALGORITHM, ...keys }))
  const token = auth.createAccessToken('ada')
  expect(auth.unverifiedHeader(token)).toMatchObject({ alg: JWT_ALGORITHM })
  expect(auth.decodeToken(token)).toMatchObject({ ok: true })
  expect(auth.decodeToken(`${token.slice(0, -6)}AAAAAA`)).toMatchObject({ ok: false })
})

test('algorithm confusion: an HS256 token is refused if the key is for another algorithm', () => {
  const auth = createAuth(
    fromFlask({ JWT_ALGORITHM: 'RS256', JWT_DECODE_ALGORITHMS: ['HS256'], ...RSA }),
  )
  const confused = createAuth({
    ...fromFlask({ JWT_SECRET_KEY: SECRET }),
    encodeKey: () => Buffer.from(SECRET),
  }).createAccessToken('ada')
  expect(auth.decodeToken(confused)).toMatchObject({
    ok: false,
    status: 422,
    message: 'Signature verification failed',
  })
  expect(
    createAuth(fromFlask({ JWT_ALGORITHM: 'HS512', JWT_SECRET_KEY: SECRET })).decodeToken(confused),
  ).toMatchObject({ message: 'The specified alg value is not allowed' })
})

test('all 43 options exist, and JWT_TOKEN_LOCATION takes a string, an array or a set', async () => {
  expect(Object.keys(OPTIONS).filter((name) => name.startsWith('JWT_'))).toHaveLength(43)
  for (const JWT_TOKEN_LOCATION of ['cookies', ['cookies'], new Set(['cookies'])] as Array<
    FlaskConfig['JWT_TOKEN_LOCATION']
  >) {
    const auth = createAuth(
      fromFlask({
        JWT_SECRET_KEY: SECRET,
        ...(JWT_TOKEN_LOCATION !== undefined && { JWT_TOKEN_LOCATION }),
      }),
    )
    expect(await auth.authenticate(request())).toMatchObject({
      message: 'Missing cookie "access_token_cookie"',
    })
  }
  const several = createAuth(
    fromFlask({
      JWT_SECRET_KEY: SECRET,
      JWT_TOKEN_LOCATION: new Set(['cookies', 'headers'] as const),
    }),
  )
  expect(await several.authenticate(request())).toMatchObject({
    message:
      'Missing JWT in cookies or headers (Missing cookie "access_token_cookie"; Missing Authorization Header)',
  })
})

test('createAuth with fromFlask throws for a store, other options and bad callbacks', () => {
  const options = fromFlask({ JWT_SECRET_KEY: SECRET })
  expect(() => createAuth({ ...options, store: memoryStore() } as never)).toThrow(
    /"store" cannot be combined with fromFlask, whose tokens belong to no session/,
  )
  expect(() => createAuth({ ...options, accessLifetime: 5 } as never)).toThrow(
    /"accessLifetime" cannot be combined with fromFlask/,
  )
  expect(() => createAuth({ dialect: 'flask' } as never)).toThrow(
    /"dialect" must come from fromFlask/,
  )
  expect(() => createAuth({ ...options, isRevoked: 5 } as never)).toThrow(
    /"isRevoked" must be a function/,
  )
})

test('session methods reject: there is no store', async () => {
  const auth = createAuth(fromFlask({ JWT_SECRET_KEY: SECRET })) as unknown as SessionAuth
  await expect(auth.signIn('ada')).rejects.toThrow(/sessions need the option "store"/)
})

test('other names of a whole Flask configuration are ignored', () => {
  const config = {
    JWT_SECRET_KEY: SECRET,
    DEBUG: false,
    TESTING: true,
    ENV: 'production',
    PROPAGATE_EXCEPTIONS: true,
    SECRET_KEY_FALLBACKS: ['x'],
    SESSION_COOKIE_SECURE: true,
    SQLALCHEMY_DATABASE_URI: 'sqlite://',
    JOBS: [],
    JSON_SORT_KEYS: false,
    PERMANENT_SESSION_LIFETIME: { days: 31 },
  }
  expect(createAuth(fromFlask(config)).decodeToken('x')).toMatchObject({ status: 422 })
})

test('JWT_DECODE_LEEWAY: a span is the same as its seconds', () => {
  const token = createAuth(fromFlask({ JWT_SECRET_KEY: SECRET })).createAccessToken('ada', {
    expiresIn: -60,
  })
  for (const [leeway, ok] of [
    [{ minutes: 1, seconds: 30 }, true],
    [90.5, true],
    [{ seconds: 30 }, false],
    [{}, false],
  ] as const) {
    const auth = createAuth(fromFlask({ JWT_SECRET_KEY: SECRET, JWT_DECODE_LEEWAY: leeway }))
    expect(auth.decodeToken(token)).toMatchObject({ ok })
  }
})
