/** Changes of the names, paths and domains of cookies while browsers hold the old ones. */
import {
  createAuth,
  type AuthOptions,
  type CookieOptions,
  type CookieScope,
  type SessionAuth,
} from 'latchkey'
import { getAuth, guard, routes } from 'latchkey/fetch'
import { memoryStore } from 'latchkey/stores/memory'
import { describe, expect, test } from 'vitest'
import { HOUR, MINUTE, SECRET } from '../core/session/setup.ts'
import { CookieJar } from './cookie-jar.ts'

const ORIGIN = 'https://app.shop.example'

type Cookies = NonNullable<CookieOptions['cookies']>

/** A browser, and a server that is deployed again with other cookies. */
function setUp() {
  const clock = { now: Date.UTC(2026, 10, 23) }
  const store = memoryStore()
  const jar = new CookieJar()
  const deploy = (cookies: Cookies, options: Partial<AuthOptions> = {}): SessionAuth =>
    createAuth({ secret: SECRET, store, now: () => clock.now, ...options, cookies })
  const send = async (auth: SessionAuth, method: string, path: string, body?: object) => {
    const handle = routes(auth, { signIn: ({ username }) => String(username) })
    const whoAmI = guard(auth, (request) => Response.json(getAuth(request)))
    const cookie = jar.pairs(ORIGIN + path).join('; ')
    const request = new Request(ORIGIN + path, {
      method,
      headers: {
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/json',
        ...(cookie && { cookie }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const response = (await handle(request)) ?? (await whoAmI(request))
    jar.receive(ORIGIN + path, response.headers.getSetCookie())
    return response.status
  }
  const signIn = (auth: SessionAuth) =>
    send(auth, 'POST', '/login', { username: 'ada', mode: 'cookie' })
  const live = async (auth: SessionAuth) =>
    (await auth.sessions('ada')).sessions.filter(({ end }) => end === null).length
  return { clock, jar, deploy, send, signIn, live }
}

const CHANGES: Record<string, [before: CookieScope, after: CookieScope]> = {
  'a domain is added': [{}, { domain: 'shop.example' }],
  'the domain is removed': [{ domain: 'shop.example' }, {}],
  'a wider domain': [{ domain: 'app.shop.example' }, { domain: 'shop.example' }],
  'a narrower domain': [{ domain: 'shop.example' }, { domain: 'app.shop.example' }],
  'the path of the refresh cookie is removed': [{ paths: { refresh: '/refresh' } }, {}],
  'a path is added': [{}, { paths: { refresh: '/refresh' } }],
  'another name': [{}, { name: 'shop' }],
  'another name, and a domain': [
    { names: { access: 'a', refresh: 'r' } },
    { name: 'shop', domain: 'shop.example' },
  ],
}
const SAME_SITE_NONE = { sameSite: 'none' } as const

describe.each(Object.entries(CHANGES))('cookies, %s', (_name, [before, after]) => {
  test('with "previous" the session goes on, and no old cookie stays', async () => {
    const { clock, jar, deploy, send, signIn } = setUp()
    await signIn(deploy(before))
    const auth = deploy({ ...after, previous: [before] })
    expect(await send(auth, 'GET', '/me')).toBe(200)
    clock.now += HOUR
    expect(await send(auth, 'POST', '/refresh')).toBe(200)
    expect(jar.names.filter((name) => !name.includes('device'))).toHaveLength(3)
    for (let i = 0; i < 3; i++) {
      clock.now += HOUR
      expect(await send(auth, 'POST', '/refresh')).toBe(200)
      expect(await send(auth, 'GET', '/me')).toBe(200)
    }
    expect(await send(auth, 'POST', '/logout')).toBe(204)
    expect(jar.names.filter((name) => !name.includes('device'))).toEqual([])
  })

  test('without "previous" signing in again works, and a sign-out ends everything', async () => {
    const { clock, deploy, send, signIn, live } = setUp()
    await signIn(deploy(before))
    const auth = deploy(after)
    clock.now += HOUR
    await send(auth, 'POST', '/refresh')
    expect(await signIn(auth)).toBe(200)
    for (let i = 0; i < 3; i++) {
      expect(await send(auth, 'GET', '/me')).toBe(200)
      clock.now += 10 * MINUTE
      expect(await send(auth, 'POST', '/refresh')).toBe(200)
    }
    expect(await send(auth, 'POST', '/logout')).toBe(204)
    // Without the option an old name is unknown, and its session ends when its lifetime is over.
    expect(await live(auth)).toBeLessThanOrEqual(after.name === undefined ? 0 : 1)
  })
})

test('partitioned: the attribute is set, and earlier cookies are read and deleted', async () => {
  const { clock, jar, deploy, send, signIn } = setUp()
  await signIn(deploy({}, SAME_SITE_NONE))
  const auth = deploy({ partitioned: true }, SAME_SITE_NONE)
  expect(await send(auth, 'GET', '/me')).toBe(200)
  expect(await signIn(auth)).toBe(200)
  for (let i = 0; i < 2; i++) {
    clock.now += HOUR
    expect(await send(auth, 'POST', '/refresh')).toBe(200)
    expect(await send(auth, 'GET', '/me')).toBe(200)
  }
  const [cleared, set] = [true, false].map((isCleared) =>
    auth.clearCookies().filter((cookie) => cookie.endsWith('Partitioned') !== isCleared),
  )
  expect([cleared!.length, set!.length]).toEqual([3, 3])
  expect(await send(auth, 'POST', '/logout')).toBe(204)
  expect(jar.names.filter((name) => !name.includes('device'))).toEqual([])
})

test('name: two applications on one host do not see the cookies of each other', async () => {
  const { jar, deploy, send, signIn } = setUp()
  const shop = deploy({ name: 'shop' })
  const blog = createAuth({
    secret: `${SECRET} of another`,
    store: memoryStore(),
    cookies: { name: 'blog' },
  })
  expect(await signIn(shop)).toBe(200)
  expect(await send(blog, 'POST', '/refresh')).toBe(401)
  expect(await signIn(blog)).toBe(200)
  expect(jar.names).toEqual(
    ['shop', 'blog'].flatMap((word) =>
      ['access', 'refresh', 'session', 'device'].map((kind) => `__Host-${word}-${kind}`),
    ),
  )
  expect(await send(blog, 'POST', '/logout')).toBe(204)
  expect(await send(shop, 'GET', '/me')).toBe(200)
  expect(await send(shop, 'POST', '/refresh')).toBe(200)
})

test('the cookie that scripts read has the domain of the cookies it speaks for', async () => {
  const cookies = { domain: 'shop.example', paths: { access: '/api', refresh: '/refresh' } }
  const { jar, deploy, signIn } = setUp()
  await signIn(deploy(cookies))
  const page = jar.pairs('https://www.shop.example/orders').join('; ')
  expect(page).toMatch(/^__Secure-latchkey-session=[\w-]{22}\.0$/)
})

test('renewForRender: the cookies for the rest of the request are the new ones only', async () => {
  const { clock, jar, deploy, signIn } = setUp()
  await signIn(deploy({ domain: 'app.shop.example' }))
  const auth = deploy({ domain: 'shop.example', previous: [{ domain: 'app.shop.example' }] })
  clock.now += HOUR
  const headers = { cookie: jar.pairs(ORIGIN).join('; ') }
  const result = await auth.renewForRender(new Request(ORIGIN, { headers }))
  expect(result).toMatchObject({ ok: true, identity: 'ada' })
  expect(result.cookieHeader.split('; ').toSorted()).toEqual([
    expect.stringMatching(/^__Host-latchkey-device=./),
    expect.stringMatching(/^__Secure-latchkey-access=./),
    expect.stringMatching(/^__Secure-latchkey-refresh=./),
    expect.stringMatching(/^__Secure-latchkey-session=./),
  ])
  jar.receive(ORIGIN, result.cookies)
  expect(jar.names).toHaveLength(4)
})

test('without a store: cookies of previous scopes are deleted when new ones are set', async () => {
  const auth = createAuth({ secret: SECRET, cookies: { domain: 'shop.example' } })
  const token = auth.createAccessToken('ada')
  const [cleared, set] = auth.setAccessCookies(token)
  expect(cleared).toMatch(/^__Host-latchkey-access=; Path=\/; Max-Age=0;/)
  expect(set).toMatch(/^__Secure-latchkey-access=ey.*; Domain=shop.example;/)
  expect(auth.setAccessCookies(token, { domain: 'blog.example' })).toHaveLength(1)
  expect(auth.unsetCookies()).toHaveLength(4)
})
