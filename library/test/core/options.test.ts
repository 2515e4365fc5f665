import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { createAuth, type AuthOptions, type SessionAuth, type TokenAuth } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'

const secret = 'a secret of more than thirty-two bytes'
const ec = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'jwk' })

const WRONG: Array<[name: string, options: object, message: RegExp]> = [
  ['nothing to sign with', {}, /"secret" or "keys"/],
  [
    'a misspelt option',
    { secret, acessLifetime: 5 },
    /unknown option "acessLifetime"; the options are secret, keys/,
  ],
  ['an option of the prototype', { secret, toString: 1 }, /unknown option "toString"/],
  ['a short secret', { secret: 'secret' }, /at least 32 bytes/],
  ['a secret that is a number', { secret: 7 }, /"secret" must be a string, bytes, or several/],
  [
    'a store without a secret',
    { keys: [{ ...ec('P-256'), alg: 'ES256' }], store: memoryStore() },
    /"store" also needs the option "secret"/,
  ],
  ['a store that is not one', { secret, store: new Map() }, /"store" must be a store/],
  [
    'a key without alg',
    { keys: [ec('P-256')] },
    /"keys\[0\]".alg must be one of HS256, HS384, .*Ed25519, EdDSA$/,
  ],
  [
    'a key on another curve',
    { keys: [{ ...ec('P-384'), alg: 'ES256' }] },
    /ES256 needs an elliptic curve key on prime256v1/,
  ],
  [
    'a public key that must sign',
    { keys: [{ ...ec('P-256'), d: undefined, alg: 'ES256' }] },
    /"keys\[0\]"/,
  ],
  [
    'a short secret as a key',
    { keys: [{ kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }] },
    /HS256 needs a secret of at least 32 bytes/,
  ],
  [
    'a key to encrypt with',
    { keys: [{ ...ec('P-256'), alg: 'ES256', use: 'enc' }] },
    /use must be "sig"/,
  ],
  [
    'a lifetime as text',
    { secret, accessLifetime: '5m' },
    /"accessLifetime" must be a number of seconds above 0/,
  ],
  [
    'an infinite lifetime',
    { secret, accessLifetime: Infinity },
    /"accessLifetime" must be a number of seconds/,
  ],
  [
    'a grace shorter than the time limit of the store',
    { secret, grace: 4, store: { ...memoryStore(), timeLimit: 5000 } },
    /"grace" \(4 seconds\) must be at least the time limit of the store \(5 seconds\)/,
  ],
  [
    'a negative leeway',
    { secret, leeway: -1 },
    /"leeway" must be a number of seconds from 0 to 600/,
  ],
  ['a leeway of more than ten minutes', { secret, leeway: 601 }, /from 0 to 600/],
  ['a lifetime of 0', { secret, idleLifetime: 0 }, /"idleLifetime" must be a number of seconds/],
  [
    'an idle end before the access token ends',
    { secret, idleLifetime: 60 },
    /"idleLifetime" must be longer than "accessLifetime"/,
  ],
  [
    'an absolute end before the idle end',
    { secret, absoluteLifetime: 3600 },
    /"absoluteLifetime" must be at least "idleLifetime"/,
  ],
  [
    'a location that does not exist',
    { secret, locations: ['url'] },
    /"locations" must be an array of headers, cookies, json, query_string/,
  ],
  [
    'an origin with a path',
    { secret, origins: ['https://a.example/app'] },
    /"origins" must be an array of origins/,
  ],
  [
    'cookies for other sites without Secure',
    { secret, sameSite: 'none', dangerouslyInsecureCookies: true },
    /"sameSite" "none" needs Secure cookies/,
  ],
  [
    'a sameSite that does not exist',
    { secret, sameSite: 'Lax' },
    /"sameSite" must be "lax", "strict" or "none"/,
  ],
  [
    'a header without a name',
    { secret, header: { name: '' } },
    /"header" must be \{ name, scheme \}/,
  ],
  ['a scheme of two words', { secret, header: { scheme: 'my token' } }, /"header" must be/],
  [
    'a misspelt part of an option',
    { secret, cookies: { name: {} } },
    /"cookies" must be \{ name, names, paths, domain, partitioned, previous, lifetime \}/,
  ],
  ...['', 'a b', 'a.b', 'a=b', '__Host-\u{a0}'].map((name): (typeof WRONG)[number] => [
    `"${name}" as the name of cookies`,
    { secret, cookies: { name } },
    /"cookies" must be/,
  ]),
  [
    'a misspelt part of an earlier scope',
    { secret, cookies: { previous: [{ path: '/auth' }] } },
    /"cookies" must be/,
  ],
  [
    'partitioned cookies that no embedded page would get',
    { secret, cookies: { partitioned: true } },
    /"cookies.partitioned" needs sameSite "none"/,
  ],
  [
    'a path that would end the cookie',
    { secret, cookies: { paths: { access: '/; Secure' } } },
    /"cookies" must be/,
  ],
  [
    'one name for two cookies',
    { secret, cookies: { names: { access: 'a', refresh: 'a' } } },
    /two cookies the same name/,
  ],
  [
    'CSRF methods in lower case',
    { secret, csrf: { methods: ['post'] } },
    /"csrf" must be \{ methods, header, field, cookie \}: methods in upper case/,
  ],
  [
    'a reply for an unknown error code',
    { secret, answers: { token_expird: () => ({ status: 401 }) } },
    /"answers" must be an object of functions by error code/,
  ],
  [
    'a callback that is not a function',
    { secret, isRevoked: true },
    /"isRevoked" must be a function/,
  ],
]
test.each(WRONG)('refused at start: %s', (_name, options, message) => {
  expect(() => createAuth(options as AuthOptions)).toThrow(message)
  expect(() => createAuth(options as AuthOptions)).toThrow(TypeError)
})

test('no error message contains a secret or a key', () => {
  const leaky = { keys: [{ ...ec('P-256'), x: 'not-on-the-curve', alg: 'ES256' }] }
  expect(() => createAuth(leaky)).toThrow(/^option "keys\[0\]" is not a valid JWK$/)
  expect(() => createAuth({ secret: 'hunter2' })).not.toThrow(/hunter2/)
})

test('two keys with the same kid are refused', () => {
  const jwk = { ...ec('P-256'), alg: 'ES256', kid: 'a' }
  expect(() => createAuth({ keys: [jwk, { ...ec('P-256'), alg: 'ES256', kid: 'a' }] })).toThrow(
    /two keys with the same "kid"/,
  )
})

test('without a store, every session method rejects', async () => {
  const auth = createAuth({ secret }) as unknown as SessionAuth
  const methods = [
    () => auth.signIn('ada'),
    () => auth.refresh('x'),
    () => auth.signOut('x'),
    () => auth.signOutEverywhere('x'),
    () => auth.sessions('x'),
    () => auth.explain('x'),
  ]
  for (const method of methods)
    await expect(method()).rejects.toThrow(/sessions need the option "store"/)
})

test('with a store, tokens without a session are neither made nor accepted', () => {
  const auth = createAuth({ secret, store: memoryStore() })
  const untyped = auth as unknown as TokenAuth
  expect(() => untyped.createAccessToken('ada')).toThrow(/tokens come from signIn/)
  expect(auth.checkToken(createAuth({ secret }).createAccessToken('ada'))).toMatchObject({
    ok: false,
    code: 'token_invalid',
  })
})

test('the application cannot set reserved claims', () => {
  const auth = createAuth({ secret })
  for (const name of [
    'sub',
    'sid',
    'exp',
    'iat',
    'jti',
    'iss',
    'aud',
    'fresh',
    'gen',
    'nbf',
    'cnf',
  ]) {
    expect(() => auth.createAccessToken('ada', { claims: { [name]: 1 } })).toThrow(
      `the claim "${name}" is written by Latchkey`,
    )
  }
  expect(() => auth.createAccessToken('')).toThrow(/the identity must be a non-empty string/)
  expect(() => auth.createAccessToken(7 as never)).toThrow(
    /the identity must be a non-empty string/,
  )
})

test('the application cannot replace alg, typ and kid', () => {
  const auth = createAuth({ secret })
  const token = auth.createAccessToken('ada', {
    headers: { alg: 'none', typ: 'x', kid: 'y', place: 'here' },
  })
  expect(auth.decodeToken(token)).toMatchObject({
    ok: true,
    header: { alg: 'HS256', typ: 'at+jwt', place: 'here' },
  })
})
