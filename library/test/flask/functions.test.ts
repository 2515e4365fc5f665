import { describe, expect, test } from 'vitest'
import { createAuth } from 'latchkey'
import { fromFlask, type FlaskConfig } from 'latchkey/flask'
import { request } from '../http/request.ts'
import { askFlask, PYTHON } from './python.ts'
import { claimsAt, SECRET, sign } from './tokens.ts'

const NOW = 1_800_000_000_080
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const make = (config: FlaskConfig = {}) =>
  createAuth({ ...fromFlask({ JWT_SECRET_KEY: SECRET, ...config }), now: () => NOW })
const textOf = (token: string) =>
  token
    .split('.')
    .slice(0, 2)
    .map((part) => Buffer.from(part, 'base64url').toString()) as [string, string]
const unique = (text: string) => text.replace(/"(jti|csrf)":"[^"]+"/g, '"$1":"…"')
const [iat, exp] = [Math.floor(NOW / 1000), Math.floor(NOW / 1000) + 900]

describe('tokens', () => {
  test('claims in the order of Flask-JWT-Extended, header parameters in alphabetical', () => {
    const [header, payload] = textOf(make().createAccessToken('ada'))
    expect(header).toBe('{"alg":"HS256","typ":"JWT"}')
    expect(unique(payload)).toBe(
      `{"fresh":false,"iat":${iat},"jti":"…","type":"access","sub":"ada","nbf":${iat},"csrf":"…","exp":${exp}}`,
    )
    const { jti, csrf } = JSON.parse(payload) as Record<string, string>
    expect([jti, csrf]).toEqual([expect.stringMatching(UUID), expect.stringMatching(UUID)])
    const bare = make({
      JWT_ENCODE_NBF: false,
      JWT_COOKIE_CSRF_PROTECT: false,
      JWT_REFRESH_TOKEN_EXPIRES: false,
      JWT_ENCODE_AUDIENCE: ['a', 'b'],
      JWT_ENCODE_ISSUER: 'us',
      JWT_IDENTITY_CLAIM: 'user',
    })
    expect(unique(textOf(bare.createRefreshToken('ada'))[1])).toBe(
      `{"fresh":false,"iat":${iat},"jti":"…","type":"refresh","user":"ada","aud":["a","b"],"iss":"us"}`,
    )
  })

  test('additional claims and headers come last and override the others', () => {
    const options = {
      claims: {
        é: 'ü\u007f😀',
        half: 0.5,
        whole: 5,
        small: 1e-7,
        day: new Date('2022-08-12'),
        nested: { a: [null, true] },
        sub: 'eve',
        exp: new Date(NOW + 5000),
        none: undefined,
      },
      headers: { kid: 'k', aaa: 1 },
    }
    const [header, payload] = textOf(make().createAccessToken('ada', options))
    expect(header).toBe('{"aaa":1,"alg":"HS256","kid":"k","typ":"JWT"}')
    expect(payload).toContain(`"sub":"eve","nbf":${iat},`)
    const added = String.raw`,"\u00e9":"\u00fc\u007f\ud83d\ude00","half":0.5,"whole":5,"small":1e-07,"day":"Fri, 12 Aug 2022 00:00:00 GMT","nested":{"a":[null,true]}}`
    expect(payload.endsWith(`"exp":${iat + 5}${added}`)).toBe(true)
    expect(textOf(make().createAccessToken('ada', { headers: { typ: null } }))[0]).toBe(
      '{"alg":"HS256"}',
    )
  })

  test('"fresh" with a time is written as a float, even if it is whole', () => {
    expect(textOf(make().createAccessToken('ada', { fresh: 300 }))[1]).toMatch(
      /^\{"fresh":1800000300\.08,/,
    )
    expect(
      textOf(make().createAccessToken('ada', { fresh: new Date(1_800_000_300_000) }))[1],
    ).toMatch(/^\{"fresh":1800000300\.0,/)
    expect(textOf(make().createAccessToken('ada', { fresh: { minutes: 5 } }))[1]).toMatch(
      /^\{"fresh":1800000300\.08,/,
    )
    expect(() => make().createAccessToken('ada', { fresh: { fortnights: 1 } as object })).toThrow(
      /"fresh" must be/,
    )
    expect(textOf(make().createAccessToken('ada', { fresh: true }))[1]).toMatch(/^\{"fresh":true,/)
    expect(textOf(make().createRefreshToken('ada', { fresh: true } as object))[1]).toMatch(
      /^\{"fresh":false,/,
    )
  })

  test('expiry: set by the option or expiresIn, in seconds or as a span, or none', () => {
    const expOf = (config: FlaskConfig, expiresIn?: never) =>
      (
        JSON.parse(
          textOf(
            make(config).createAccessToken('ada', {
              ...(expiresIn !== undefined && { expiresIn }),
            }),
          )[1],
        ) as { exp?: number }
      ).exp
    expect(expOf({})).toBe(exp)
    expect(expOf({ JWT_ACCESS_TOKEN_EXPIRES: 300 })).toBe(iat + 300)
    expect(expOf({ JWT_ACCESS_TOKEN_EXPIRES: { days: 1, hours: 2 } })).toBe(iat + 93_600)
    expect(expOf({ JWT_ACCESS_TOKEN_EXPIRES: { months: 1 } })).toBe(
      Math.floor(Date.UTC(2027, 1, 15, 8) / 1000),
    )
    expect(expOf({ JWT_ACCESS_TOKEN_EXPIRES: false })).toBeUndefined()
    expect(expOf({}, false as never)).toBeUndefined()
    expect(expOf({}, { minutes: 1 } as never)).toBe(iat + 60)
    for (const wrong of [0, { minutes: 0 }, 1.5, 'soon', true])
      expect(() => expOf({}, wrong as never)).toThrow(/"expiresIn" must be whole seconds/)
  })

  test('claims and headers that change the kind or the algorithm throw', () => {
    const auth = make()
    expect(() => auth.createAccessToken('ada', { claims: { type: 'refresh' } })).toThrow(
      /"type" of an access token must not be "refresh"/,
    )
    expect(() => auth.createRefreshToken('ada', { claims: { type: 'access' } })).toThrow(
      /"type" of a refresh token must be "refresh"/,
    )
    expect(textOf(auth.createAccessToken('ada', { claims: { type: 'app' } }))[1]).toContain(
      '"type":"app"',
    )
    expect(() => auth.createAccessToken('ada', { headers: { alg: 'none' } })).toThrow(
      /JWT_ALGORITHM: HS256/,
    )
    expect(() => auth.createAccessToken('ada', { headers: { kid: 5 } })).toThrow(
      /Key ID header parameter must be a string/,
    )
    expect(() => auth.createAccessToken('ada', { claims: { n: Number.NaN } })).toThrow(/not finite/)
  })

  test('decodeToken, jti, csrfValue, unverifiedHeader: read a token, refuse an invalid one', () => {
    const auth = make()
    const token = auth.createAccessToken('ada')
    const { claims } = auth.decodeToken(token) as { claims: Record<string, string> }
    expect(auth.jti(token)).toBe(claims.jti)
    expect(auth.csrfValue(token)).toBe(claims.csrf)
    expect(auth.unverifiedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT' })
    for (const bad of ['x', 'x.y.z', ''])
      expect([auth.jti(bad), auth.csrfValue(bad), auth.unverifiedHeader(bad)]).toEqual([
        null,
        null,
        null,
      ])
    expect(auth.decodeToken(token, { csrf: claims.csrf! })).toMatchObject({ ok: true })
    expect(auth.decodeToken(token, { csrf: 'x' })).toMatchObject({
      ok: false,
      status: 401,
      message: 'CSRF double submit tokens do not match',
    })
    const old = sign({ ...claimsAt(iat), exp: iat - 5 })
    expect(auth.decodeToken(old)).toMatchObject({ ok: false, code: 'token_expired' })
    expect(auth.decodeToken(old, { allowExpired: true })).toMatchObject({
      ok: true,
      claims: { exp: iat - 5 },
    })
    expect(auth.decodeToken(sign({ sub: 'ada' }))).toMatchObject({
      ok: true,
      claims: { type: 'access', fresh: false, jti: null },
    })
    expect(auth.decodeToken(sign({ sub: 'ada', type: 'app' }))).toMatchObject({
      ok: true,
      kind: 'access',
    })
  })
})

const FULL: FlaskConfig = {
  JWT_COOKIE_SECURE: true,
  JWT_COOKIE_DOMAIN: 'example.com',
  JWT_COOKIE_SAMESITE: 'lax',
  JWT_SESSION_COOKIE: false,
  JWT_ACCESS_COOKIE_PATH: '/api',
  JWT_ACCESS_CSRF_COOKIE_PATH: '/c',
  JWT_REFRESH_COOKIE_NAME: 'r',
  JWT_REFRESH_CSRF_COOKIE_NAME: 'rc',
}

describe('cookies', () => {
  const date = (seconds: number) => new Date(Math.floor(NOW / 1000 + seconds) * 1000).toUTCString()
  test('attributes are in the order of Werkzeug', () => {
    const auth = make()
    const token = auth.createAccessToken('ada')
    const csrf = auth.csrfValue(token)
    expect(auth.setAccessCookies(token)).toEqual([
      `access_token_cookie=${token}; HttpOnly; Path=/`,
      `csrf_access_token=${csrf}; Path=/`,
    ])
    const full = make(FULL)
    const lifetime = `Expires=${date(31_540_000)}; Max-Age=31540000`
    expect(full.setAccessCookies(token)).toEqual([
      `access_token_cookie=${token}; Domain=example.com; ${lifetime}; Secure; HttpOnly; Path=/api; SameSite=Lax`,
      `csrf_access_token=${csrf}; Domain=example.com; ${lifetime}; Secure; Path=/c; SameSite=Lax`,
    ])
    expect(full.setRefreshCookies(token, { maxAge: 60, domain: '.a.com' })[0]).toBe(
      `r=${token}; Domain=a.com; Expires=${date(60)}; Max-Age=60; Secure; HttpOnly; Path=/; SameSite=Lax`,
    )
    expect(full.unsetAccessCookies({ domain: 'a.com' })).toEqual([
      'access_token_cookie=; Domain=a.com; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; Path=/api; SameSite=Lax',
      'csrf_access_token=; Domain=a.com; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; Path=/c; SameSite=Lax',
    ])
    expect(full.unsetCookies().map((cookie) => cookie.split('=')[0])).toEqual([
      'access_token_cookie',
      'csrf_access_token',
      'r',
      'rc',
    ])
    expect(make({ JWT_CSRF_IN_COOKIES: false }).setAccessCookies(token)).toHaveLength(1)
    expect(make({ JWT_COOKIE_CSRF_PROTECT: false }).unsetCookies()).toHaveLength(2)
  })

  test('setting cookies for an invalid token throws; maxAge 0 is used', () => {
    const auth = make()
    expect(() => auth.setAccessCookies('x')).toThrow(/only be set for a valid access token/)
    expect(() => auth.setAccessCookies(sign({ ...claimsAt(iat), exp: iat - 5 }))).toThrow(
      /valid access token/,
    )
    expect(auth.setAccessCookies(auth.createAccessToken('ada'), { maxAge: 0 })[0]).toContain(
      '; Max-Age=0;',
    )
  })
})

describe.skipIf(PYTHON === null)('compared with Flask-JWT-Extended', () => {
  // Before 4.6 the claim `csrf` was written only if cookies were a location.
  const config: FlaskConfig = { JWT_SECRET_KEY: SECRET, JWT_TOKEN_LOCATION: ['headers', 'cookies'] }
  const full = { ...config, ...FULL }
  const now = Math.floor(Date.now() / 1000)
  const token = sign(claimsAt(now))

  test('tokens are equal, and each side accepts those of the other', () => {
    const args = {
      fresh: true,
      expires_delta: { hours: 1 },
      additional_claims: { é: 'ü😀', half: 0.5, small: 1e-7, nested: { a: [null, true] } },
      additional_headers: { kid: 'k', aaa: 1 },
    }
    const ours = createAuth(fromFlask(config))
    const customToken = ours.createAccessToken('ada', {
      fresh: true,
      expiresIn: 3600,
      claims: args.additional_claims,
      headers: args.additional_headers,
    })
    const [results] = askFlask([
      {
        config: config as Record<string, unknown>,
        cases: [
          { do: 'create', identity: 'ada' },
          { do: 'create', identity: 'ada', kind: 'refresh' },
          { do: 'create', identity: 'ada', args },
          { do: 'create', identity: 'ada', args: { fresh: { minutes: 5 } } },
          { do: 'decode', token: customToken },
          { headers: { Authorization: `Bearer ${customToken}` } },
        ],
      },
    ]).results as [[string, string, string, string, Record<string, unknown>, { status: number }]]
    const [access, refresh, rich, fresh, decoded, response] = results
    const shape = (text: string) =>
      unique(text).replace(/\d{10}(?:\.\d+)?/g, (number) =>
        number.includes('.') ? 'float' : 'int',
      )
    const pairs: Array<[string, string]> = [
      [access, ours.createAccessToken('ada')],
      [refresh, ours.createRefreshToken('ada')],
      [rich, customToken],
      [fresh, ours.createAccessToken('ada', { fresh: 300.5 })],
    ]
    for (const [theirs, ourToken] of pairs) {
      expect(textOf(ourToken).map(shape)).toEqual(textOf(theirs).map(shape))
      expect(ours.decodeToken(theirs)).toMatchObject({ ok: true, claims: { sub: 'ada' } })
    }
    expect(decoded).toEqual((ours.decodeToken(customToken) as { claims: object }).claims)
    expect(response.status).toBe(200)
  })

  test('Set-Cookie values are equal', () => {
    const calls = [
      'set_access_cookies',
      'set_refresh_cookies',
      'unset_access_cookies',
      'unset_refresh_cookies',
      'unset_jwt_cookies',
    ]
    const set = (args: Record<string, unknown>) =>
      calls.map((call) => ({
        do: 'cookies' as const,
        token,
        calls: [call],
        args: call.startsWith('set') ? args : {},
      }))
    const jobs = [config, full, { ...full, JWT_CSRF_IN_COOKIES: false }].map((settings) => ({
      config: settings as Record<string, unknown>,
      cases: [...set({}), ...set({ max_age: 60 })],
    }))
    const { results } = askFlask(jobs)
    for (const [index, job] of jobs.entries()) {
      const auth = createAuth(fromFlask(job.config as FlaskConfig))
      const ours = [{}, { maxAge: 60 }].flatMap((life) => [
        auth.setAccessCookies(token, life),
        auth.setRefreshCookies(token, life),
        auth.unsetAccessCookies(),
        auth.unsetRefreshCookies(),
        auth.unsetCookies(),
      ])
      // The date alone depends on the moment.
      const timeless = (cookies: unknown) =>
        JSON.stringify(cookies).replace(/Expires=(?!Thu, 01 Jan 1970)[^;]+;/g, 'Expires=…;')
      expect(ours.map(timeless)).toEqual(results[index]!.map(timeless))
    }
  })
})

describe('renewCookies', () => {
  /** Authenticates a request with a token issued `age` seconds ago, and renews its cookies. */
  async function renew({
    age = 600,
    claims = {},
    headers = {},
    setCookieHeader = [] as string[],
    options = {},
    within = undefined as number | undefined,
    inHeader = false,
  } = {}) {
    let now = NOW
    const auth = createAuth({
      ...fromFlask({ JWT_SECRET_KEY: SECRET, JWT_TOKEN_LOCATION: ['cookies', 'headers'] }),
      now: () => now,
      ...options,
    })
    const token = auth.createAccessToken('ada', { fresh: true, claims, headers })
    now += age * 1000
    const authenticated = await auth.authenticate(
      request({
        headers: inHeader
          ? { authorization: `Bearer ${token}` }
          : { cookie: `access_token_cookie=${token}` },
      }),
    )
    if (!authenticated.ok) throw new Error(authenticated.message)
    const cookies = await auth.renewCookies(
      authenticated,
      setCookieHeader,
      within === undefined ? {} : { within },
    )
    const read = (text: string) =>
      auth.decodeToken(text) as { claims: Record<string, unknown>; header: object }
    return {
      cookies,
      before: read(token),
      after: cookies[0] ? read(/=([^;]+)/.exec(cookies[0])![1]!) : null,
      now,
      auth,
    }
  }

  test('the new token keeps claims, headers and CSRF value, with a new jti', async () => {
    const { cookies, before, after, now } = await renew({
      claims: { roles: ['admin'] },
      headers: { kid: 'k' },
    })
    expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual([
      'access_token_cookie',
      'csrf_access_token',
    ])
    expect(after).toMatchObject({
      claims: {
        sub: 'ada',
        roles: ['admin'],
        fresh: false,
        type: 'access',
        csrf: before.claims.csrf,
        auth_time: iat,
        exp: Math.floor(now / 1000) + 900,
      },
      header: { kid: 'k' },
    })
    expect(after!.claims.jti).not.toBe(before.claims.jti)
    expect(before.claims.fresh).toBe(true)
  })

  test('too early, from a header, revoked, or already set by the route: no cookies', async () => {
    expect((await renew({ age: 400 })).cookies).toEqual([])
    expect((await renew({ age: 400, within: 600 })).cookies).toHaveLength(2)
    expect((await renew({ inHeader: true })).cookies).toEqual([])
    const { auth } = await renew()
    expect((await renew({ setCookieHeader: auth.unsetCookies() })).cookies).toEqual([])
    expect(
      (await renew({ setCookieHeader: auth.setAccessCookies(auth.createAccessToken('eve')) }))
        .cookies,
    ).toEqual([])
    expect((await renew({ setCookieHeader: ['other=1'] })).cookies).toHaveLength(2)
    let calls = 0
    expect((await renew({ options: { isRevoked: () => calls++ > 0 } })).cookies).toEqual([])
    expect(
      (await renew({ options: { isRevoked: async () => false, verifyClaims: () => true } }))
        .cookies,
    ).toHaveLength(2)
    expect(await auth.renewCookies({ ok: true, identity: null }, undefined)).toEqual([])
  })

  test('repeated renewals never exceed the absolute lifetime', async () => {
    let now = NOW
    const auth = createAuth({
      ...fromFlask({ JWT_SECRET_KEY: SECRET, JWT_TOKEN_LOCATION: 'cookies' }),
      now: () => now,
    })
    let cookie = auth.setAccessCookies(auth.createAccessToken('ada'))[0]!
    let renewals = 0
    for (;;) {
      now += 600_000
      const authenticated = await auth.authenticate(
        request({ headers: { cookie: cookie.split(';')[0]! } }),
      )
      if (!authenticated.ok) break
      const [next] = await auth.renewCookies(authenticated, undefined, { endsAfter: 3600 })
      if (next === undefined) continue
      cookie = next
      renewals++
    }
    expect(renewals).toBeGreaterThan(3)
    expect(now - NOW).toBeLessThanOrEqual(3_600_000 + 600_000)
  })

  test('without fromFlask it renews Latchkey’s own cookies', async () => {
    let now = NOW
    const auth = createAuth({ secret: SECRET, now: () => now, csrf: {} })
    const token = auth.createAccessToken('ada', {
      fresh: true,
      claims: { roles: ['admin'] },
      headers: { place: 'here' },
    })
    const set = auth.setAccessCookies(token)
    expect(set).toEqual([
      `__Host-latchkey-access=${token}; Path=/; Max-Age=299; Secure; HttpOnly; SameSite=Lax`,
      `__Host-latchkey-csrf=${auth.csrfValue(token)}; Path=/; Max-Age=299; Secure; SameSite=Lax`,
    ])
    now += 200_000
    const authenticated = await auth.authenticate(
      request({ headers: { cookie: set[0]!.split(';')[0]! } }),
    )
    if (!authenticated.ok) throw new Error(authenticated.message)
    const cookies = await auth.renewCookies(authenticated, undefined)
    const renewed = auth.decodeToken(/=([^;]+)/.exec(cookies[0]!)![1]!)
    expect(renewed).toMatchObject({
      ok: true,
      claims: {
        sub: 'ada',
        roles: ['admin'],
        fresh: false,
        auth_time: iat,
        csrf: auth.csrfValue(token),
      },
      header: { place: 'here' },
    })
    expect(await auth.renewCookies(authenticated, auth.unsetCookies())).toEqual([])
  })
})
