import { expect, test } from 'vitest'
import { createAuth, type AuthOptions, type Location } from 'latchkey'
import { request, type RequestParts } from './request.ts'

const secret = 'a secret of more than thirty-two bytes'
const ALL: readonly Location[] = ['headers', 'cookies', 'query_string', 'json']
const token = createAuth({ secret }).createAccessToken('ada')
const refreshToken = createAuth({ secret }).createRefreshToken('ada')

const authenticate = async (
  options: Partial<AuthOptions>,
  parts: RequestParts,
  refresh = false,
) => {
  const result = await createAuth({ secret, locations: ALL, ...options }).authenticate(
    request(parts),
    { refresh },
  )
  return result.ok ? (result.identity === null ? 'anonymous' : result.location) : result.code
}
const cookie = (pairs: string) => ({ headers: { cookie: pairs } })

/** `expected` is the location of the token, or the code of the refusal. */
const CASES: Array<
  [title: string, options: Partial<AuthOptions>, parts: RequestParts, expected: string]
> = [
  ['the default header', {}, { headers: { authorization: `Bearer ${token}` } }, 'headers'],
  ['the scheme in upper case', {}, { headers: { authorization: `BEARER  ${token}` } }, 'headers'],
  [
    'another header',
    { header: { name: 'X-Token' } },
    { headers: { 'x-token': `Bearer ${token}` } },
    'headers',
  ],
  [
    'the default header, if another is configured',
    { header: { name: 'X-Token' } },
    { headers: { authorization: `Bearer ${token}` } },
    'token_missing',
  ],
  [
    'another scheme',
    { header: { scheme: 'JWT' } },
    { headers: { authorization: `jwt ${token}` } },
    'headers',
  ],
  [
    'a scheme with characters that are special in a RegExp',
    { header: { scheme: 'a.b+c' } },
    { headers: { authorization: `a.b+c ${token}` } },
    'headers',
  ],
  [
    'a scheme that would match as a RegExp only',
    { header: { scheme: 'a.b' } },
    { headers: { authorization: `axb ${token}` } },
    'token_missing',
  ],
  [
    'no scheme',
    { header: { name: 'x-token', scheme: null } },
    { headers: { 'x-token': token } },
    'headers',
  ],
  [
    'no scheme, but one is sent',
    { header: { scheme: null } },
    { headers: { authorization: `Bearer ${token}` } },
    'token_invalid',
  ],
  ['the default cookie', {}, cookie(`__Host-latchkey-access=${token}`), 'cookies'],
  [
    'another cookie name, with the prefix __Host-',
    { cookies: { names: { access: 'entry' } } },
    cookie(`__Host-entry=${token}`),
    'cookies',
  ],
  [
    'with a domain, the prefix is __Secure-',
    { cookies: { domain: 'app.example' } },
    cookie(`__Secure-latchkey-access=${token}`),
    'cookies',
  ],
  [
    'with a path, the prefix is __Secure-',
    { cookies: { paths: { access: '/api' } } },
    cookie(`__Secure-latchkey-access=${token}`),
    'cookies',
  ],
  ['the query', {}, { query: `a=b&access_token=${token}` }, 'query_string'],
  [
    'another query parameter with a prefix',
    { query: { name: 'jwt', prefix: 'x ' } },
    { query: `jwt=x%20${token}` },
    'query_string',
  ],
  [
    'a query parameter without its prefix',
    { query: { prefix: 'x ' } },
    { query: `access_token=${token}` },
    'token_missing',
  ],
  [
    'a repeated query parameter',
    {},
    { query: `access_token=${token}&access_token=${token}` },
    'token_missing',
  ],
  ['JSON', {}, { method: 'POST', body: { access_token: token } }, 'json'],
  [
    'another JSON member',
    { json: { access: 'ticket' } },
    { method: 'POST', body: { ticket: token } },
    'json',
  ],
  [
    'a form',
    {},
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `access_token=${token}`,
    },
    'json',
  ],
  [
    'a JSON member that is not a string',
    {},
    { method: 'POST', body: { access_token: { token } } },
    'token_missing',
  ],
  [
    'malformed JSON',
    {},
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' },
    'request_invalid',
  ],
]
for (const [title, options, parts, expected] of CASES)
  test(`${title}: ${expected}`, async () => {
    expect(await authenticate(options, parts)).toBe(expected)
  })

test('a refresh token is read from its own cookie and JSON member', async () => {
  expect(await authenticate({}, cookie(`__Host-latchkey-refresh=${refreshToken}`), true)).toBe(
    'cookies',
  )
  expect(await authenticate({}, cookie(`__Host-latchkey-access=${refreshToken}`), true)).toBe(
    'token_missing',
  )
  expect(await authenticate({ json: { refresh: 'r' } }, { body: { r: refreshToken } }, true)).toBe(
    'json',
  )
})

test('the query string is read only if "locations" has it', async () => {
  const auth = createAuth({ secret })
  expect(await auth.authenticate(request({ query: `access_token=${token}` }))).toMatchObject({
    code: 'token_missing',
  })
  expect(
    await auth.authenticate(request({ query: `access_token=${token}` }), {
      locations: ['query_string'],
    }),
  ).toMatchObject({ identity: 'ada' })
})

test('the first location with a token decides, in the order they are listed', async () => {
  const both = {
    headers: { authorization: 'Bearer broken', cookie: `__Host-latchkey-access=${token}` },
  }
  expect(await authenticate({ locations: ['headers', 'cookies'] }, both)).toBe('token_invalid')
  expect(await authenticate({ locations: ['cookies', 'headers'] }, both)).toBe('cookies')
  const auth = createAuth({ secret, locations: ['cookies'] })
  expect(await auth.authenticate(request(both), { locations: ['headers'] })).toMatchObject({
    code: 'token_invalid',
  })
})

test('an unknown location or requirement throws', () => {
  const auth = createAuth({ secret })
  expect(() => auth.authenticate(request(), { locations: ['url' as Location] })).toThrow(
    /"locations" must be an array of headers, cookies, json, query_string/,
  )
  expect(() => auth.authenticate(request(), { optinal: true } as never)).toThrow(
    /unknown requirement "optinal"; use optional, fresh, maxAge, refresh, locations, verifyType, skipRevocationCheck/,
  )
  expect(() => auth.authenticate(request(), { fresh: 'yes' as never })).toThrow(
    /requirement "fresh" must be true or false/,
  )
})

test('verifyType false: a refresh token passes a guard', () => {
  const auth = createAuth({ secret })
  const refreshRequest = request({ headers: { authorization: `Bearer ${refreshToken}` } })
  expect(auth.authenticate(refreshRequest)).toMatchObject({ code: 'token_type_invalid' })
  expect(auth.authenticate(refreshRequest, { verifyType: false })).toMatchObject({
    identity: 'ada',
  })
})

test('"fresh" of createAccessToken: true, false, seconds, or a date', () => {
  let now = 1_800_000_000_000
  const auth = createAuth({ secret, now: () => now, accessLifetime: 3600 })
  const check = (fresh: boolean | number | Date) => {
    const headers = { authorization: `Bearer ${auth.createAccessToken('ada', { fresh })}` }
    return () => (auth.authenticate(request({ headers }), { fresh: true }) as { ok: boolean }).ok
  }
  const checks = [
    check(true),
    check(false),
    check(300),
    check(new Date(now + 300_000)),
    check(new Date(now - 1000)),
  ]
  expect(checks.map((isFresh) => isFresh())).toEqual([true, false, true, true, false])
  now += 299_000
  expect(checks.map((isFresh) => isFresh())).toEqual([true, false, true, true, false])
  now += 1000
  expect(checks.map((isFresh) => isFresh())).toEqual([true, false, false, false, false])
  expect(() => auth.createAccessToken('ada', { fresh: 'soon' as never })).toThrow(
    /"fresh" must be true, false, a number of seconds, or a Date/,
  )
})
