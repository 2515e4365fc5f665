import { expect, test } from 'vitest'
import { createAuth, type AuthOptions, type Location } from 'latchkey'
import { request, type RequestParts } from './request.ts'

const secret = 'a secret of more than thirty-two bytes'
const ALL: readonly Location[] = ['headers', 'cookies', 'query_string', 'json']
const token = createAuth({ secret }).createAccessToken('ada')
const refreshToken = createAuth({ secret }).createRefreshToken('ada')

const outcomeOf = async (options: Partial<AuthOptions>, parts: RequestParts, refresh = false) => {
  const outcome = await createAuth({ secret, locations: ALL, ...options }).authenticate(
    request(parts),
    { refresh },
  )
  return outcome.ok ? (outcome.identity === null ? 'anonymous' : outcome.location) : outcome.code
}
const cookie = (pairs: string) => ({ headers: { cookie: pairs } })

const FOUND: Array<
  [name: string, options: Partial<AuthOptions>, parts: RequestParts, place: string]
> = [
  ['the usual header', {}, { headers: { authorization: `Bearer ${token}` } }, 'headers'],
  ['its scheme in any case', {}, { headers: { authorization: `BEARER  ${token}` } }, 'headers'],
  [
    'another header',
    { header: { name: 'X-Token' } },
    { headers: { 'x-token': `Bearer ${token}` } },
    'headers',
  ],
  [
    'the usual one is then none',
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
    'a scheme of signs',
    { header: { scheme: 'a.b+c' } },
    { headers: { authorization: `a.b+c ${token}` } },
    'headers',
  ],
  [
    'which are no pattern',
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
    'no scheme, and one sent',
    { header: { scheme: null } },
    { headers: { authorization: `Bearer ${token}` } },
    'token_invalid',
  ],
  ['the usual cookie', {}, cookie(`__Host-latchkey-access=${token}`), 'cookies'],
  [
    'another cookie keeps the prefix',
    { cookies: { names: { access: 'entry' } } },
    cookie(`__Host-entry=${token}`),
    'cookies',
  ],
  [
    'a domain takes __Host- away',
    { cookies: { domain: 'app.example' } },
    cookie(`__Secure-latchkey-access=${token}`),
    'cookies',
  ],
  [
    'so does a path',
    { cookies: { paths: { access: '/api' } } },
    cookie(`__Secure-latchkey-access=${token}`),
    'cookies',
  ],
  ['the query', {}, { query: `a=b&access_token=${token}` }, 'query_string'],
  [
    'another parameter with a prefix',
    { query: { name: 'jwt', prefix: 'x ' } },
    { query: `jwt=x%20${token}` },
    'query_string',
  ],
  [
    'without its prefix',
    { query: { prefix: 'x ' } },
    { query: `access_token=${token}` },
    'token_missing',
  ],
  [
    'a parameter twice',
    {},
    { query: `access_token=${token}&access_token=${token}` },
    'token_missing',
  ],
  ['JSON', {}, { method: 'POST', body: { access_token: token } }, 'json'],
  [
    'another member',
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
    'a member that is no text',
    {},
    { method: 'POST', body: { access_token: [token] } },
    'token_missing',
  ],
  [
    'a body that is none',
    {},
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' },
    'request_invalid',
  ],
]
test.each(FOUND)('%s', async (_name, options, parts, place) =>
  expect(await outcomeOf(options, parts)).toBe(place),
)

test('a refresh token has its own cookie and its own member', async () => {
  expect(await outcomeOf({}, cookie(`__Host-latchkey-refresh=${refreshToken}`), true)).toBe(
    'cookies',
  )
  expect(await outcomeOf({}, cookie(`__Host-latchkey-access=${refreshToken}`), true)).toBe(
    'token_missing',
  )
  expect(await outcomeOf({ json: { refresh: 'r' } }, { body: { r: refreshToken } }, true)).toBe(
    'json',
  )
})

test('the query is never read unless it is asked for', async () => {
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

test('the first place that has a token decides, in the order of the option or of the route', async () => {
  const both = {
    headers: { authorization: 'Bearer broken', cookie: `__Host-latchkey-access=${token}` },
  }
  expect(await outcomeOf({ locations: ['headers', 'cookies'] }, both)).toBe('token_invalid')
  expect(await outcomeOf({ locations: ['cookies', 'headers'] }, both)).toBe('cookies')
  const auth = createAuth({ secret, locations: ['cookies'] })
  expect(await auth.authenticate(request(both), { locations: ['headers'] })).toMatchObject({
    code: 'token_invalid',
  })
})

test('a place that does not exist, or a requirement that does not, is misuse', () => {
  const auth = createAuth({ secret })
  expect(() => auth.authenticate(request(), { locations: ['url' as Location] })).toThrow(
    /"locations" must be an array of headers, cookies, json, query_string/,
  )
  expect(() => auth.authenticate(request(), { optinal: true } as never)).toThrow(
    /unknown requirement "optinal"; use optional, fresh, refresh, locations, verifyType, skipRevocationCheck/,
  )
  expect(() => auth.authenticate(request(), { fresh: 'yes' as never })).toThrow(
    /requirement "fresh" must be true or false/,
  )
})

test('either kind of token passes where the kind is not looked at', () => {
  const auth = createAuth({ secret })
  const bearer = request({ headers: { authorization: `Bearer ${refreshToken}` } })
  expect(auth.authenticate(bearer)).toMatchObject({ code: 'token_type_invalid' })
  expect(auth.authenticate(bearer, { verifyType: false })).toMatchObject({ identity: 'ada' })
})

test('fresh for a while, or until an instant', () => {
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
  expect(checks.map((each) => each())).toEqual([true, false, true, true, false])
  now += 299_000
  expect(checks.map((each) => each())).toEqual([true, false, true, true, false])
  now += 1000
  expect(checks.map((each) => each())).toEqual([true, false, false, false, false])
  expect(() => auth.createAccessToken('ada', { fresh: 'soon' as never })).toThrow(
    /"fresh" must be true, false, a number of seconds, or a Date/,
  )
})
