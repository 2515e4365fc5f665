import { request } from 'node:http'
import { expect, test } from 'vitest'
import { BROWSER, Jar, type HttpResponse } from './client.ts'
import { startServer } from './server.ts'

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

function expectSafe({ headers }: Pick<HttpResponse, 'headers'>, cached = 'no-store'): void {
  expect(headers['content-security-policy']).toBe(POLICY)
  expect(headers['x-content-type-options']).toBe('nosniff')
  expect(headers['referrer-policy']).toBe('same-origin')
  expect(headers['cross-origin-opener-policy']).toBe('same-origin')
  expect(headers['cross-origin-resource-policy']).toBe('same-origin')
  expect(headers['cache-control']).toBe(cached)
}

const ADDRESSES: ReadonlyArray<[method: string, path: string]> = [
  ...(
    [
      '/',
      '/login',
      '/register',
      '/account',
      '/tokens',
      '/protected',
      '/session',
      '/sessions',
      '/healthz',
      '/readyz',
      '/openapi.json',
      '/nowhere',
      '/assets/nothing.js',
      '/%ff',
    ] as const
  ).map((path): [string, string] => ['GET', path]),
  ...(
    [
      '/login',
      '/register',
      '/refresh',
      '/logout',
      '/account/password',
      '/account/sign-out-others',
      '/nowhere',
    ] as const
  ).map((path): [string, string] => ['POST', path]),
  ['DELETE', '/sessions'],
  ['DELETE', '/sessions/x'],
  ['PUT', '/login'],
  ['OPTIONS', '/login'],
]

test.each(ADDRESSES)(
  'security headers: %s %s has all of them, for programs and for browsers',
  async (method, path) => {
    const { send, register, signInWithCookies } = await startServer()
    await register()
    const jar = new Jar()
    await signInWithCookies(jar)
    for (const headers of [{}, BROWSER]) {
      expectSafe(await send(method, path, { headers }))
      expectSafe(await send(method, path, { headers, jar: new Jar(jar) }))
    }
  },
)

test('security headers: the JWKS may be cached', async () => {
  const { send } = await startServer()
  expectSafe(await send('GET', '/.well-known/jwks.json'), 'public, max-age=300')
})

test('security headers: an event stream has all of them', async () => {
  const { register, port } = await startServer()
  const { access_token } = await register()
  const headers = await new Promise<HttpResponse['headers']>((resolve, reject) => {
    const outgoing = request(
      { port, path: '/session/events', headers: { authorization: `Bearer ${access_token}` } },
      (incoming) => {
        resolve(incoming.headers)
        outgoing.destroy()
      },
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
  expectSafe({ headers })
  expect(headers['content-type']).toBe('text/event-stream; charset=utf-8')
})

test('unexpected error: 500 without details, for programs and for browsers', async () => {
  const { send, register, services, output } = await startServer()
  const { access_token } = await register()
  services.audit.eventsOf = () => {
    throw new TypeError('canary-4711 in a message')
  }
  const response = await send('GET', '/session', { token: access_token })
  expect([response.status, response.body.error]).toEqual([500, 'internal_error'])
  expectSafe(response)
  const page = await send('GET', '/session', { token: access_token, headers: BROWSER })
  expect([page.status, page.headers['content-type']]).toEqual([500, 'text/html; charset=utf-8'])
  expectSafe(page)
  for (const text of [response.text, page.text, output.join('')])
    expect(text).not.toContain('canary-4711')
  expect(output.join('')).toMatch(
    /"level":"error","event":"unexpected","error":"TypeError".*headers\.test\.ts/,
  )
})

test('unexpected error: if the error page fails as well, the response is JSON', async () => {
  const { send, services } = await startServer()
  Object.defineProperty(services.assets, 'css', {
    get() {
      throw new Error('no style')
    },
  })
  const { status, body } = await send('GET', '/login', { headers: BROWSER })
  expect([status, body.error]).toEqual([500, 'internal_error'])
})

test('unknown path: 404 as JSON for programs, as a page for browsers', async () => {
  const { send } = await startServer()
  expect((await send('GET', '/nowhere')).body.error).toBe('not_found')
  const page = await send('GET', '/nowhere', { headers: BROWSER })
  expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
})

test('unknown method: 405 with the header Allow', async () => {
  const { send } = await startServer()
  for (const [method, path, allow] of [
    ['DELETE', '/login', 'POST, GET, HEAD'],
    ['GET', '/refresh', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['PATCH', '/sessions', 'GET, HEAD, DELETE'],
    ['GET', `/sessions/${'A'.repeat(22)}`, 'DELETE'],
    ['TRACE', '/', 'GET, HEAD'],
  ] as const) {
    const { status, headers } = await send(method, path)
    expect([method, path, status, headers.allow]).toEqual([method, path, 405, allow])
  }
})

test('HEAD: same status as GET, without a body', async () => {
  const { send } = await startServer()
  for (const path of ['/healthz', '/login', '/openapi.json']) {
    const { status, text } = await send('HEAD', path)
    expect([status, text]).toEqual([200, ''])
  }
})

test('malformed path: 400 with all security headers', async () => {
  const { send } = await startServer()
  const response = await send('GET', '/a\\b')
  expect([response.status, response.body.error]).toEqual([400, 'request_invalid'])
  expectSafe(response)
})

test('HSTS: sent with an https origin only', async () => {
  const secure = await startServer({ LATCHKEY_ORIGIN: 'https://sign-in.example' })
  const plain = await startServer()
  for (const path of ['/login', '/nowhere', '/protected']) {
    expect((await secure.send('GET', path)).headers['strict-transport-security']).toBe(
      'max-age=31536000',
    )
    expect((await plain.send('GET', path)).headers['strict-transport-security']).toBeUndefined()
  }
})
