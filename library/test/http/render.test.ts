import { describe, expect, test } from 'vitest'
import { createAuth } from '../../src/index.ts'
import type { AuthOptions } from '../../src/core/options.ts'
import type { AuthEvent } from '../../src/core/events.ts'
import type { RenderResult } from '../../src/http/render.ts'
import { withCookies } from '../../src/adapters/fetch.ts'
import { memoryStore } from '../../src/stores/memory.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const PAGE = 'https://app.example/orders/7'
const ATTEMPT = { attempt: 'A'.repeat(22), previous: null }

/** A browser at a server that renders pages: keeps cookies unless a response is lost. */
async function setUp(options: Partial<AuthOptions> = {}) {
  const clock = { now: Date.UTC(2026, 0, 1) }
  const events: AuthEvent[] = []
  const auth = createAuth({
    secret: 'a secret of more than thirty-two bytes',
    store: memoryStore(),
    now: () => clock.now,
    onEvent: (event: AuthEvent) => events.push(event),
    ...options,
  })
  const jar = new Map<string, string>()
  const take = (cookies: readonly string[]): void => {
    for (const cookie of cookies) {
      const [, name, value, rest] = /^([^=]+)=([^;]*)(.*)$/.exec(cookie)!
      if (/Max-Age=0(?:;|$)/.test(rest!)) jar.delete(name!)
      else jar.set(name!, value!)
    }
  }
  const header = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const view = (init: { method?: string; headers?: Record<string, string> } = {}) =>
    auth.renewForRender(
      new Request(PAGE, { ...init, headers: { cookie: header(), ...init.headers } }),
    )
  /** Opens a page, and the browser gets the response. */
  const open = async (init?: Parameters<typeof view>[0]): Promise<RenderResult> => {
    const result = await view(init)
    take(result.cookies)
    return result
  }
  /** The client in the page refreshes, and the browser gets the response. */
  const refreshByClient = async (attempts = ATTEMPT) => {
    const result = await auth.refresh(jar.get('__Host-latchkey-refresh')!, { attempts })
    if (result.ok) jar.set('__Host-latchkey-refresh', result.tokens.refreshToken)
    if (result.ok) jar.set('__Host-latchkey-access', result.tokens.accessToken)
    return result
  }
  const { accessToken, refreshToken, sessionId } = await auth.signIn('ada')
  jar.set('__Host-latchkey-access', accessToken)
  jar.set('__Host-latchkey-refresh', refreshToken)
  const generation = async () =>
    (await auth.sessions('ada')).sessions.find(({ id }) => id === sessionId)!.generation
  const reused = () => events.filter(({ type }) => type === 'reused')
  return { auth, clock, jar, header, view, open, refreshByClient, sessionId, generation, reused }
}

const names = ({ cookies }: RenderResult): string[] =>
  cookies.map((cookie) => cookie.slice('__Host-latchkey-'.length).split('=')[0]!)

describe('what a page view gets', () => {
  test('a valid access token: who it is, and no cookies', async () => {
    const { open, jar, header } = await setUp()
    expect(await open()).toMatchObject({
      ok: true,
      identity: 'ada',
      location: 'cookies',
      accessToken: jar.get('__Host-latchkey-access'),
      cookies: [],
      cookieHeader: header(),
    })
  })

  test('an expired access token, of a client without attempts: new tokens', async () => {
    const { open, clock, generation } = await setUp()
    clock.now += HOUR
    const result = await open()
    expect(result).toMatchObject({ ok: true, identity: 'ada' })
    expect(names(result)).toEqual(['access', 'refresh', 'session'])
    expect(await generation()).toBe(1)
    expect((await open()).cookies).toEqual([])
  })

  test('an expired access token, of a client with attempts: only an access token', async () => {
    const { open, clock, refreshByClient, generation, auth, sessionId } = await setUp()
    clock.now += HOUR
    await refreshByClient()
    const before = (await auth.explain(sessionId))!
    for (let views = 0; views < 3; views++) {
      clock.now += HOUR
      const result = await open()
      expect(result).toMatchObject({ ok: true, identity: 'ada' })
      expect(names(result)).toEqual(['access'])
    }
    expect(await generation()).toBe(1)
    const { idleEndsAt } = (await auth.explain(sessionId))!
    expect(idleEndsAt - before.idleEndsAt).toBe(3 * HOUR)
  })

  test('an expired access token, signed in under an attempt: only an access token', async () => {
    const { open, clock, auth, jar } = await setUp()
    const tokens = await auth.signIn('ada', { attempts: ATTEMPT })
    jar.set('__Host-latchkey-refresh', tokens.refreshToken)
    clock.now += HOUR
    jar.delete('__Host-latchkey-access')
    expect(names(await open())).toEqual(['access'])
  })

  test('a missing access token: the refresh token is enough', async () => {
    const { open, jar } = await setUp()
    jar.delete('__Host-latchkey-access')
    expect(await open()).toMatchObject({ ok: true, identity: 'ada' })
  })

  test('nobody is signed in', async () => {
    const { open, jar } = await setUp()
    jar.clear()
    expect(await open()).toMatchObject({ ok: false, code: 'token_missing', cookies: [] })
  })

  test('the session has ended: the cookies are cleared', async () => {
    const { open, clock, auth, sessionId, jar } = await setUp()
    await auth.signOut(sessionId)
    clock.now += HOUR
    expect(await open()).toMatchObject({ ok: false, code: 'session_signed_out' })
    expect([...jar.keys()]).toEqual([])
  })

  test('the store fails: 503, and the cookies stay', async () => {
    const store = memoryStore()
    const state = { down: false }
    const { open, clock, jar } = await setUp({
      store: {
        ...store,
        read: (id) => {
          if (state.down) throw new Error('down')
          return store.read(id)
        },
      },
    })
    clock.now += HOUR
    state.down = true
    expect(await open()).toMatchObject({ ok: false, status: 503, cookies: [] })
    expect(jar.size).toBe(2)
    state.down = false
    expect(await open()).toMatchObject({ ok: true })
  })

  test('the header Cookie for the rest of the request has the new tokens and others', async () => {
    const { view, clock, header, auth } = await setUp()
    clock.now += HOUR
    const result = await view({ headers: { cookie: `theme=dark; ${header()}; lang=en` } })
    expect(result.cookieHeader).toMatch(/^theme=dark; lang=en; __Host-latchkey-access=/)
    const again = new Request(PAGE, { headers: { cookie: result.cookieHeader } })
    expect(await auth.renewForRender(again)).toMatchObject({ ok: true, cookies: [] })
  })

  test('requests of Node, of Koa and of Hono are taken too', async () => {
    const { auth, clock, header } = await setUp()
    clock.now += HOUR
    const headers = { cookie: header() }
    for (const request of [
      { method: 'GET', headers },
      { req: { method: 'GET', headers } },
      { method: 'GET', header: (name: string) => (name === 'cookie' ? header() : undefined) },
    ])
      expect(await auth.renewForRender(request)).toMatchObject({ ok: true, identity: 'ada' })
  })

  test('Latchkey-Session names another session: refused', async () => {
    const { open, clock } = await setUp()
    clock.now += HOUR
    expect(await open({ headers: { 'latchkey-session': 'B'.repeat(22) } })).toMatchObject({
      ok: false,
      code: 'session_mismatch',
    })
  })
})

describe('withCookies', () => {
  test('adds the cookies to any response, which is then not cached', async () => {
    const { view, clock } = await setUp()
    clock.now += HOUR
    const visitor = await view()
    const page = withCookies(Response.redirect('https://app.example/', 303), visitor)
    expect(page.headers.getSetCookie()).toEqual(visitor.cookies)
    expect(page.headers.get('cache-control')).toBe('private, no-store')
    expect([page.status, page.headers.get('location')]).toEqual([303, 'https://app.example/'])
  })

  test('leaves the response as it is if there are none', () => {
    const page = new Response('page', { headers: { 'Cache-Control': 'max-age=60' } })
    expect(withCookies(page, { cookies: [] })).toBe(page)
  })
})

describe('lost responses', () => {
  test.each([
    ['ten seconds', 10 * SECOND],
    ['two minutes', 2 * MINUTE],
    ['a night', 10 * HOUR],
  ])('of a page view: %s later the client renews', async (_name, wait) => {
    const { view, clock, refreshByClient, auth, reused } = await setUp()
    clock.now += HOUR
    const lost = await view()
    expect(lost).toMatchObject({ ok: true })
    // The page was rendered: its server used the access token.
    if (lost.ok) await auth.checkToken(lost.accessToken)
    await new Promise(setImmediate)
    clock.now += wait
    expect(await refreshByClient()).toMatchObject({ ok: true })
    expect(reused()).toEqual([])
  })

  test('of every page view in a row, without a client: each gets the same generation', async () => {
    const { view, open, clock, generation } = await setUp()
    for (let times = 0; times < 4; times++) {
      clock.now += HOUR
      expect(await view()).toMatchObject({ ok: true })
    }
    expect(await open()).toMatchObject({ ok: true })
    expect(await generation()).toBe(1)
  })

  test('of the client: a page view changes nothing, and the client renews', async () => {
    const { view, open, clock, jar, refreshByClient, generation, reused } = await setUp()
    clock.now += HOUR
    const before = jar.get('__Host-latchkey-refresh')!
    await refreshByClient()
    jar.set('__Host-latchkey-refresh', before)
    clock.now += HOUR
    expect(await view()).toMatchObject({ ok: false, code: 'token_expired', cookies: [] })
    expect(await refreshByClient()).toMatchObject({ ok: true })
    expect(await open()).toMatchObject({ ok: true })
    expect([await generation(), reused()]).toEqual([1, []])
  })
})

describe('a thief with a copy of the cookies', () => {
  test('renews by a page view: found as soon as the client has renewed', async () => {
    const { view, clock, header, refreshByClient, reused, auth } = await setUp()
    clock.now += HOUR
    const stolen = await view({ headers: { cookie: header() } })
    clock.now += 4 * MINUTE
    expect(await refreshByClient()).toMatchObject({ ok: true, how: 'rotated' })
    clock.now += HOUR
    const thief = { headers: { cookie: stolen.cookieHeader } }
    expect(await view(thief)).toMatchObject({ ok: false, code: 'token_expired', cookies: [] })
    const token = /refresh=([^;]+)/.exec(stolen.cookieHeader)![1]!
    expect(await auth.refresh(token)).toMatchObject({ code: 'refresh_token_reused' })
    expect(reused()).toHaveLength(1)
  })

  test('uses the tokens of a page view: the client finds it', async () => {
    const { view, clock, header, refreshByClient, auth } = await setUp()
    clock.now += HOUR
    const stolen = await view({ headers: { cookie: header() } })
    const token = /access=([^;]+)/.exec(stolen.cookies[0]!)![1]!
    expect(await auth.checkToken(token)).toMatchObject({ ok: true })
    await new Promise(setImmediate)
    clock.now += 4 * MINUTE
    expect(await refreshByClient()).toMatchObject({ code: 'refresh_token_reused' })
  })
})

describe('requests that another site can cause', () => {
  const from = (site: string, mode: string, dest: string) => ({
    'sec-fetch-site': site,
    'sec-fetch-mode': mode,
    'sec-fetch-dest': dest,
  })
  test.each([
    ['a fetch without CORS', 'GET', from('same-site', 'no-cors', 'empty')],
    ['a picture', 'GET', from('cross-site', 'no-cors', 'image')],
    ['a frame', 'GET', from('cross-site', 'navigate', 'iframe')],
    ['a form', 'POST', from('cross-site', 'navigate', 'document')],
    ['a form of an old browser', 'POST', { origin: 'https://other.example' }],
  ])('%s renews nothing', async (_name, method, headers) => {
    const { open, clock, generation } = await setUp()
    clock.now += HOUR
    expect(await open({ method, headers })).toMatchObject({ ok: false, cookies: [] })
    expect(await generation()).toBe(0)
  })

  test.each([
    ['a link on another site', 'GET', from('cross-site', 'navigate', 'document')],
    ['an address that was typed', 'GET', from('none', 'navigate', 'document')],
    ['data for a page of this site', 'GET', from('same-origin', 'cors', 'empty')],
    ['a form of this site', 'POST', from('same-origin', 'navigate', 'document')],
    ['an old browser', 'GET', {}],
  ])('%s renews', async (_name, method, headers) => {
    const { open, clock } = await setUp()
    clock.now += HOUR
    expect(await open({ method, headers })).toMatchObject({ ok: true, identity: 'ada' })
  })
})
