/** Requests with several cookies of one name: set for another domain or path, or by other hosts. */
import { createAuth, readCookie, type AuthOptions } from 'latchkey'
import { routes, guard, getAuth } from 'latchkey/fetch'
import { memoryStore } from 'latchkey/stores/memory'
import { describe, expect, test } from 'vitest'
import { readCookies } from '../../src/http/cookies.ts'
import type { AuthEvent } from '../../src/core/events.ts'
import { HOUR, MINUTE, SECRET } from '../core/session/setup.ts'

const DOMAIN = { cookies: { domain: 'shop.example' } }
const ACCESS = '__Secure-latchkey-access'
const REFRESH = '__Secure-latchkey-refresh'

function setUp(options: Partial<AuthOptions> = DOMAIN) {
  const clock = { now: Date.UTC(2026, 10, 23) }
  const events: AuthEvent[] = []
  const auth = createAuth({
    secret: SECRET,
    store: memoryStore(),
    now: () => clock.now,
    onEvent: (event: AuthEvent) => events.push(event),
    ...options,
  })
  const handle = routes(auth, { signIn: ({ username }) => String(username) })
  const whoAmI = guard(auth, (request) => Response.json(getAuth(request)))
  /** Sends the cookies as they are given. */
  const send = async (
    method: string,
    path: string,
    cookies: ReadonlyArray<readonly [name: string, value: string]> = [],
    { headers = {}, body }: { headers?: Record<string, string>; body?: object } = {},
  ) => {
    const request = new Request(`https://app.shop.example${path}`, {
      method,
      headers: {
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/json',
        ...(cookies.length > 0 && { cookie: cookies.map((pair) => pair.join('=')).join('; ') }),
        ...headers,
      },
      ...(body && {
        body: body instanceof ReadableStream ? body : JSON.stringify(body),
        duplex: 'half',
      }),
    })
    const response = (await handle(request)) ?? (await whoAmI(request))
    const text = await response.text()
    const { error, identity } = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
    return { status: response.status, error, identity, setCookies: response.headers.getSetCookie() }
  }
  const endOf = async (sessionId: string) => (await auth.explain(sessionId))!.end?.reason ?? null
  return { auth, clock, send, endOf, types: () => events.map(({ type }) => type) }
}

describe('readCookies', () => {
  test('only space and tab are trimmed: any other byte belongs to the name or the value', () => {
    expect(readCookies('a=1; \t a=2 \t', 'a')).toEqual(['1', '2'])
    for (const byte of ['\u{a0}', '\v', '\f', '\r', '\n', '\u{feff}', '\u{2003}', '\0']) {
      expect(readCookies(`${byte}__Host-a=1`, '__Host-a'), JSON.stringify(byte)).toEqual([])
      expect(readCookies(`__Host-a${byte}=1`, '__Host-a')).toEqual([])
      expect(readCookies(`a=1${byte}`, 'a')).toEqual([`1${byte}`])
    }
    expect(readCookies('__host-a=1; x__Host-a=2; a', '__Host-a')).toEqual([])
  })
  test('equal values count once, empty ones do not, and there are four at most', () => {
    expect(readCookies('a=1; a=1; a=; a=2', 'a')).toEqual(['1', '2'])
    expect(readCookies('a=1; a=2; a=3; a=4; a=5', 'a')).toEqual(['1', '2', '3', '4'])
    expect(readCookies(undefined, 'a')).toEqual([])
    expect(readCookie('a=1; a=2', 'a')).toBe('1')
  })
  test('a name with __Host-: different values are refused, equal ones count once', () => {
    expect(readCookies('__Host-a=1; __Host-a=1', '__Host-a')).toEqual(['1'])
    expect(readCookies('__Host-a=1; __Host-a=2', '__Host-a')).toEqual([])
    expect(readCookies('__Secure-a=1; __Secure-a=2', '__Secure-a')).toEqual(['1', '2'])
  })
  test('a long run of blanks takes no time', () => {
    const header = `a=1${' '.repeat(100_000)};`.repeat(5)
    const start = performance.now()
    expect(readCookies(header, 'a')).toEqual(['1'])
    expect(performance.now() - start).toBeLessThan(500)
  })
})

test('guard: one valid access cookie is enough, in any order', async () => {
  const { auth, send } = setUp()
  const [old, current] = [await auth.signIn('eve'), await auth.signIn('ada')]
  await auth.signOut(old.sessionId)
  const pairs = [
    [ACCESS, old.accessToken],
    [ACCESS, current.accessToken],
    [ACCESS, 'x'],
  ] as const
  for (const cookies of [pairs, pairs.toReversed()])
    expect(await send('GET', '/me', cookies)).toMatchObject({ status: 200, identity: 'ada' })
})

test('guard: the session that the request names is preferred', async () => {
  const { auth, send } = setUp()
  const [bob, ada] = [await auth.signIn('bob'), await auth.signIn('ada')]
  const cookies = [
    [ACCESS, bob.accessToken],
    [ACCESS, ada.accessToken],
  ] as const
  for (const { sessionId, identity } of [bob, ada])
    expect(
      await send('GET', '/me', cookies, { headers: { 'latchkey-session': sessionId } }),
    ).toMatchObject({ identity })
  const third = { headers: { 'latchkey-session': (await auth.signIn('eve')).sessionId } }
  expect((await send('GET', '/me', cookies, third)).error).toBe('session_mismatch')
})

test('guard: if none is valid, the refusal says what helps most', async () => {
  const { auth, clock, send } = setUp()
  const ended = await auth.signIn('ada')
  await auth.signOut(ended.sessionId)
  const expired = await auth.signIn('ada')
  const cookies = [
    [ACCESS, 'x'],
    [ACCESS, ended.accessToken],
  ] as const
  expect((await send('GET', '/me', cookies)).error).toBe('session_signed_out')
  clock.now += HOUR
  const all = [[ACCESS, expired.accessToken], ...cookies] as const
  for (const list of [all, all.toReversed()])
    expect((await send('GET', '/me', list)).error).toBe('token_expired')
})

test('guard: __Host- cookies with different values count as none', async () => {
  const { auth, send } = setUp({})
  const { accessToken } = await auth.signIn('ada')
  const name = '__Host-latchkey-access'
  const valid = [name, accessToken] as const
  expect((await send('GET', '/me', [valid, valid])).status).toBe(200)
  expect((await send('GET', '/me', [valid, [name, 'x']])).error).toBe('token_missing')
  // For a browser these are cookies without a prefix, which any host of the domain may set.
  for (const planted of [`\u{a0}${name}`, 'latchkey-access', `__Secure-latchkey-access`]) {
    expect((await send('GET', '/me', [[planted, accessToken]])).error).toBe('token_missing')
    expect((await send('GET', '/me', [[planted, 'x'], valid])).status).toBe(200)
  }
})

test('answers: the callback gets the token that the refusal is about', async () => {
  const seen: unknown[] = []
  const { auth, clock, send } = setUp({
    ...DOMAIN,
    answers: {
      token_expired: (_refusal, token) => {
        seen.push(token?.claims.sub)
        return { status: 419 }
      },
    },
  })
  const { accessToken } = await auth.signIn('ada')
  clock.now += HOUR
  const cookies = [
    [ACCESS, 'x'],
    [ACCESS, accessToken],
  ] as const
  expect((await send('GET', '/me', cookies)).status).toBe(419)
  expect(seen).toEqual(['ada'])
})

test('refresh: with a replaced token and the current one, the current one counts', async () => {
  const { auth, clock, send, endOf, types } = setUp()
  const { sessionId, refreshToken } = await auth.signIn('ada')
  const tokens = [refreshToken]
  for (let i = 0; i < 2; i++) {
    clock.now += HOUR
    const renewed = await auth.refresh(tokens.at(-1)!)
    tokens.push(renewed.ok ? renewed.tokens.refreshToken : '')
  }
  clock.now += HOUR
  const cookies = tokens.map((token) => [REFRESH, token] as const)
  for (const list of [cookies, cookies.toReversed()])
    expect((await send('POST', '/refresh', list)).status).toBe(200)
  expect(await endOf(sessionId)).toBeNull()
  expect(types()).not.toContain('reused')
  // Alone it is what a thief would present.
  clock.now += HOUR
  expect((await send('POST', '/refresh', cookies.slice(0, 1))).error).toBe('refresh_token_reused')
})

test('refresh: a cookie of an ended session or of another server is passed over', async () => {
  const { auth, send } = setUp()
  const [ended, current] = [await auth.signIn('ada'), await auth.signIn('ada')]
  await auth.signOut(ended.sessionId)
  const old = [
    [REFRESH, 'x'],
    [REFRESH, ended.refreshToken],
  ] as const
  const valid = [REFRESH, current.refreshToken] as const
  expect((await send('POST', '/refresh', [...old, valid])).status).toBe(200)
  expect(await send('POST', '/refresh', old)).toMatchObject({
    status: 401,
    error: 'session_signed_out',
  })
  expect((await send('POST', '/refresh', old.slice(0, 1))).error).toBe('token_invalid')
})

test('renewForRender: renews with the current token of several', async () => {
  const { auth, clock, endOf } = setUp()
  const { sessionId, accessToken, refreshToken } = await auth.signIn('ada')
  const page = (...pairs: Array<readonly [string, string]>) =>
    auth.renewForRender(
      new Request('https://app.shop.example/', {
        headers: { cookie: pairs.map((pair) => pair.join('=')).join('; ') },
      }),
    )
  expect(await page([ACCESS, 'x'], [ACCESS, accessToken])).toMatchObject({ ok: true, accessToken })
  clock.now += HOUR
  const renewed = await auth.refresh(refreshToken)
  clock.now += HOUR
  const current = renewed.ok ? renewed.tokens.refreshToken : ''
  const result = await page([REFRESH, refreshToken], [REFRESH, current])
  expect(result).toMatchObject({ ok: true, identity: 'ada' })
  expect(await endOf(sessionId)).toBeNull()
})

test('sign-in: ends every session of the cookies, also by an access cookie alone', async () => {
  const { auth, clock, send, endOf } = setUp()
  const [first, second, third] = [
    await auth.signIn('ada'),
    await auth.signIn('ada'),
    await auth.signIn('ada'),
  ]
  clock.now += HOUR
  const cookies = [
    [REFRESH, first.refreshToken],
    [REFRESH, second.refreshToken],
    [ACCESS, third.accessToken],
  ] as const
  const body = { username: 'ada', mode: 'cookie' }
  expect((await send('POST', '/login', cookies, { body })).status).toBe(200)
  for (const { sessionId } of [first, second, third])
    expect(await endOf(sessionId)).toBe('replaced')
})

test('sign-out: ends every session of the cookies', async () => {
  const { auth, send, endOf } = setUp()
  const [first, second] = [await auth.signIn('ada'), await auth.signIn('bob')]
  const cookies = [
    [ACCESS, first.accessToken],
    [REFRESH, second.refreshToken],
  ] as const
  const headers = { 'latchkey-session': second.sessionId }
  expect((await send('POST', '/logout', cookies, { headers })).status).toBe(204)
  for (const { sessionId } of [first, second]) expect(await endOf(sessionId)).toBe('signed-out')
})

test('sign-out: 204 only if a session ended; else 401, and the cookies are cleared', async () => {
  const { auth, clock, send } = setUp()
  const { sessionId, refreshToken } = await auth.signIn('ada')
  const cookies = [[REFRESH, refreshToken]] as const
  await auth.signOut(sessionId)
  const idle = await auth.signIn('ada')
  const stranger = createAuth({ secret: `${SECRET} of another`, store: memoryStore() })
  const foreign = (await stranger.signIn('ada')).refreshToken
  const endings = [
    [[], 'token_missing'],
    [[[REFRESH, foreign]], 'token_invalid'],
    [cookies, 'session_signed_out'],
  ] as const
  for (const [sent, code] of endings) {
    const { status, error, setCookies } = await send('POST', '/logout', sent)
    expect([status, error]).toEqual([401, code])
    expect(setCookies.length).toBeGreaterThan(0)
    expect(setCookies.every((cookie) => cookie.includes('Max-Age=0'))).toBe(true)
  }
  const bearer = { headers: { authorization: `Bearer ${refreshToken}` } }
  expect(await send('POST', '/logout', [], bearer)).toMatchObject({
    error: 'session_signed_out',
    setCookies: [],
  })
  clock.now += 31 * 24 * HOUR
  expect((await send('POST', '/logout', [[REFRESH, idle.refreshToken]])).error).toBe('session_idle')
})

test('sign-out: a replaced token that is decided too late ends nothing', async () => {
  const { auth, clock, send, endOf } = setUp()
  const { sessionId, refreshToken } = await auth.signIn('ada')
  for (let token = refreshToken, i = 0; i < 2; i++) {
    clock.now += HOUR
    const renewed = await auth.refresh(token)
    token = renewed.ok ? renewed.tokens.refreshToken : ''
  }
  clock.now += HOUR
  const cookies = [[REFRESH, refreshToken]] as const
  const slowBody = new ReadableStream({
    pull(controller) {
      clock.now += MINUTE
      controller.close()
    },
  })
  expect(await send('POST', '/logout', cookies, { body: slowBody })).toMatchObject({
    status: 503,
    setCookies: [],
  })
  expect(await endOf(sessionId)).toBeNull()
  expect((await send('POST', '/logout', cookies)).status).toBe(204)
  expect(await endOf(sessionId)).toBe('reused')
})
