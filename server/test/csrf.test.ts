import { expect, test } from 'vitest'
import { BROWSER, Jar, type HttpRequest } from './client.ts'
import { HOUR, PASSWORD, startServer, type TestServer } from './server.ts'

const FOREIGN = 'https://evil.example'

/**
 * `Sec-Fetch-Site` and `Origin` of a request, and whether it is accepted with cookies and without.
 * `own` is the origin of the server.
 */
const MATRIX: ReadonlyArray<
  [site: string | null, origin: string | null, withCookies: boolean, without: boolean]
> = [
  ['same-origin', 'own', true, true],
  ['same-origin', null, true, true],
  ['none', null, true, true],
  [null, 'own', true, true],
  ['same-site', 'https://other.localhost', false, false],
  ['same-site', null, false, false],
  ['cross-site', FOREIGN, false, false],
  ['cross-site', 'null', false, false],
  ['cross-site', null, false, false],
  [null, FOREIGN, false, false],
  [null, 'null', false, false],
  [null, 'http://localhost:1', false, false],
  [null, 'http://localhost.evil.example', false, false],
  ['nonsense', null, false, false],
  // No current browser sends neither. Such a client may sign in, but may not use cookies.
  [null, null, false, true],
]

const headersOf = (
  site: string | null,
  origin: string | null,
  server: TestServer,
): Record<string, string> => ({
  ...(site !== null && { 'sec-fetch-site': site }),
  ...(origin !== null && { origin: origin === 'own' ? server.origin : origin }),
})

/** All state-changing routes that accept cookies, and their status on success. */
const CHANGES: ReadonlyArray<[method: string, path: string, sent: HttpRequest, success: number]> = [
  ['POST', '/refresh', {}, 200],
  ['DELETE', '/sessions', {}, 200],
  [
    'POST',
    '/account/password',
    { json: { current_password: PASSWORD, new_password: `${PASSWORD}, again` } },
    200,
  ],
  [
    'POST',
    '/account/password',
    {
      form: { current_password: PASSWORD, new_password: `${PASSWORD}, again` },
      headers: BROWSER,
    },
    303,
  ],
  ['POST', '/account/sign-out-others', { form: {}, headers: BROWSER }, 303],
  ['POST', '/account/sign-out-session', { form: { session_id: 'other' }, headers: BROWSER }, 404],
  ['POST', '/login', { json: { username: 'ada', password: PASSWORD, mode: 'cookie' } }, 200],
  [
    'POST',
    '/login',
    { form: { username: 'ada', password: PASSWORD, mode: 'cookie' }, headers: BROWSER },
    303,
  ],
  ['POST', '/logout', {}, 204],
]

test.each(CHANGES)(
  '%s %s: with cookies, accepted from the same origin only',
  async (method, path, sent, success) => {
    const server = await startServer()
    await server.register()
    const jar = new Jar()
    await server.signInWithCookies(jar)
    const send = (site: string | null, origin: string | null) => {
      const copy = new Jar(jar)
      return server.send(method, path, {
        ...sent,
        jar: copy,
        headers: { ...sent.headers, ...headersOf(site, origin, server) },
      })
    }
    for (const [site, origin, withCookies] of MATRIX.filter(([, , passes]) => !passes)) {
      const { status, cookies, headers } = await send(site, origin)
      expect([site, origin, withCookies, status]).toEqual([site, origin, withCookies, 403])
      expect(cookies).toEqual([])
      expect(headers.location).toBeUndefined()
    }
    expect((await server.send('GET', '/protected', { jar })).status).toBe(200)
    expect((await send('same-origin', 'own')).status).toBe(success)
  },
)

test('forms of another site: with an expired access token, refused without a refresh', async () => {
  const server = await startServer()
  await server.register()
  const jar = new Jar()
  await server.signInWithCookies(jar)
  server.clock.advance(HOUR)
  const { id } = (await server.services.users.byName('ada'))!
  const before = (await server.services.auth.sessions(id)).sessions
  for (const path of [
    '/account/sign-out-others',
    '/account/sign-out-session',
    '/account/password',
  ]) {
    const headers = { ...BROWSER, 'sec-fetch-site': 'cross-site', origin: FOREIGN }
    for (const cookies of [jar, new Jar([...jar].filter(([name]) => name !== 'latchkey-access'))]) {
      const response = await server.send('POST', path, { form: { x: '1' }, jar: cookies, headers })
      expect([path, response.status, response.cookies]).toEqual([path, 403, []])
    }
  }
  expect((await server.services.auth.sessions(id)).sessions).toEqual(before)
})

test.each(MATRIX)(
  'sign-in without cookies: Sec-Fetch-Site %s and Origin %s decide',
  async (site, origin, _withCookies, passes) => {
    const server = await startServer()
    await server.register()
    for (const path of ['/login', '/register']) {
      for (const mode of ['header', 'cookie']) {
        const username = path === '/login' ? 'ada' : `eve ${mode}`
        const { status, body, cookies } = await server.send('POST', path, {
          json: { username, password: PASSWORD, mode },
          headers: headersOf(site, origin, server),
        })
        expect([path, status]).toEqual([path, passes ? 200 : 403])
        if (!passes) expect([body.error, cookies]).toEqual(['csrf_refused', []])
      }
    }
  },
)

test('origin check: every loopback name with the same port is accepted', async () => {
  const server = await startServer()
  await server.register()
  for (const host of ['localhost', '127.0.0.1', '[::1]']) {
    const headers = { origin: `http://${host}:${server.port}` }
    expect(
      (
        await server.send('POST', '/login', {
          json: { username: 'ada', password: PASSWORD },
          headers,
        })
      ).status,
    ).toBe(200)
  }
})

test('origin check: a public origin is the only one, whatever the Host header says', async () => {
  const server = await startServer({ LATCHKEY_ORIGIN: 'https://sign-in.example' })
  const claim = (origin: string) =>
    server.send('POST', '/login', {
      json: { username: 'ada', password: PASSWORD },
      headers: {
        origin,
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
      },
    })
  expect((await claim('https://sign-in.example')).status).toBe(401)
  for (const origin of [
    `http://localhost:${server.port}`,
    'https://evil.example',
    'http://sign-in.example',
    'https://sign-in.example.evil.example',
  ]) {
    expect((await claim(origin)).status).toBe(403)
  }
})

test('origin check: a token in Authorization is accepted from any origin', async () => {
  const { send, register } = await startServer()
  const { access_token } = await register()
  expect(
    (
      await send('DELETE', '/sessions', {
        token: access_token,
        headers: { origin: FOREIGN, 'sec-fetch-site': 'cross-site' },
      })
    ).status,
  ).toBe(200)
})

test('GET and HEAD: change no session and set no cookie, on any route', async () => {
  const server = await startServer()
  await server.register()
  const jar = new Jar()
  await server.signInWithCookies(jar)
  const before = (
    await server.services.auth.sessions((await server.services.users.byName('ada'))!.id)
  ).sessions
  for (const path of [
    '/',
    '/login',
    '/register',
    '/account',
    '/tokens',
    '/logout',
    '/refresh',
    '/sessions',
    '/session',
    '/protected',
    '/account/sign-out-others',
  ]) {
    for (const method of ['GET', 'HEAD']) {
      const { cookies } = await server.send(method, path, {
        jar: new Jar(jar),
        headers: { ...BROWSER, 'sec-fetch-site': 'cross-site' },
      })
      expect(cookies).toEqual([])
    }
  }
  expect(
    (await server.services.auth.sessions((await server.services.users.byName('ada'))!.id)).sessions,
  ).toEqual(before)
})

test('CORS: no response has an Access-Control header', async () => {
  const { send } = await startServer()
  for (const [method, path] of [
    ['GET', '/protected'],
    ['OPTIONS', '/login'],
    ['POST', '/refresh'],
  ] as const) {
    const { headers } = await send(method, path, {
      headers: { origin: FOREIGN, 'access-control-request-method': 'POST' },
    })
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
  }
})
