/** What a sign-in sends and returns, and what a failed refresh says. */
import { afterEach, expect, test, vi } from 'vitest'
import { createClient, Refused, Unreachable } from '../../src/client/index.ts'
import * as header from '../../src/client/header.ts'
import { FakePage, ORIGIN } from './fake-page.ts'

afterEach(() => vi.unstubAllGlobals())

test('body: fields of one name become an array, and nested values are kept', async () => {
  const page = new FakePage()
  const client = createClient()
  const form = new FormData()
  for (const [name, value] of [
    ['name', 'ann'],
    ['interest', 'music'],
    ['interest', 'chess'],
    ['toString', 'a'],
  ] as const)
    form.append(name, value)
  await client.signIn(form)
  await client.signIn(new URLSearchParams('name=ann&a=1&a=2&a=3'))
  await client.signIn({ name: 'ann', address: { city: 'Köln', at: new Date(0) }, tags: [1, null] })
  expect(page.bodies.map((body) => JSON.stringify(body))).toEqual([
    '{"name":"ann","interest":["music","chess"],"toString":"a","mode":"cookie"}',
    '{"name":"ann","a":["1","2","3"],"mode":"cookie"}',
    '{"name":"ann","address":{"city":"Köln","at":"1970-01-01T00:00:00.000Z"},"tags":[1,null],' +
      '"mode":"cookie"}',
  ])
  client.dispose()
})

test('body: what JSON would lose is a TypeError that names it, and nothing is sent', async () => {
  const page = new FakePage()
  const client = createClient()
  const form = new FormData()
  form.set('avatar', new File(['picture'], 'me.png'))
  for (const body of [form, { avatar: new Blob(['x']) }, { a: { avatar: new Map() } }])
    await expect(client.signIn(body)).rejects.toThrow(TypeError("'avatar' is not JSON"))
  expect(page.requests).toEqual([])
  client.dispose()
})

test('result: a success has the data of the application, and no token', async () => {
  const page = new FakePage()
  const client = header.createClient()
  const tokens = { access_token: 'a', refresh_token: 'r', session_id: 's', generation: 0 }
  page.signIn = () => Response.json({ ...tokens, expires_in: 300, greeting: 'hello' })
  const result = await client.signIn({ name: 'ann' })
  expect(result).toEqual({
    ok: true,
    body: { session_id: 's', generation: 0, expires_in: 300, greeting: 'hello' },
  })
  client.dispose()
})

test.for([
  [401, { error: 'mfa_required', message: 'Second step', challenge: 'c' }, 'mfa_required'],
  [422, { error: 'invalid', fields: { email: 'taken' } }, 'invalid'],
  [200, { error: 'mfa_required', challenge: 'c' }, 'mfa_required'],
  [200, { next: 'confirm' }, 'no_tokens'],
  [202, null, 'no_tokens'],
  [403, null, 'unreadable'],
] as const)('result: status %i with %j is a value with its body', async ([status, body, code]) => {
  const page = new FakePage()
  const client = createClient()
  page.signIn = () => new Response(body && JSON.stringify(body), { status })
  expect(await client.signIn({})).toEqual({
    ok: false,
    status,
    code,
    message: body && 'message' in body ? body.message : '',
    body: body ?? {},
  })
  expect(client.state.status).toBe('signed-out')
  client.dispose()
})

test('result: a page in place of JSON is Unreachable, with a cause', async () => {
  const page = new FakePage()
  const client = createClient()
  page.signIn = () => new Response('<title>Welcome to the hotel</title>')
  const error = await client.signIn({}).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(Unreachable)
  expect((error as Error).cause).toEqual(new Error('/login: status 200'))
  client.dispose()
})

test('result: a browser that keeps no cookies is not signed in', async () => {
  const page = new FakePage()
  const client = createClient()
  const events: string[] = []
  client.subscribe((_state, { type }) => events.push(type))
  page.blocksCookies = true
  expect(await client.signIn({ name: 'ann' })).toMatchObject({ ok: false, code: 'cookies_blocked' })
  expect([events, client.state.status]).toEqual([['signed-out'], 'signed-out'])
  page.blocksCookies = false
  expect(await client.signIn({ name: 'ann' })).toMatchObject({ ok: true })
  client.dispose()
})

test('paths: one that could name another host is a TypeError', async () => {
  for (const path of [
    'login',
    './login',
    '//evil.example/login',
    '/\\evil.example',
    '@evil',
    ':9/',
  ])
    expect(() => createClient({ paths: { refresh: path } }), path).toThrow(
      TypeError(`'${path}' is not a path like /login`),
    )
  const unknown = { signin: '/login' } as object
  expect(() => createClient({ paths: unknown })).toThrow(TypeError("'signin' is not an option"))
  const page = new FakePage()
  const client = createClient()
  await expect(client.signIn({ name: 'ann' }, { path: 'register' })).rejects.toThrow(TypeError)
  expect(page.requests).toEqual([])
  client.dispose()
})

test('renewal: Unreachable has the error of fetch as its cause', async () => {
  const page = new FakePage()
  const client = createClient()
  await client.signIn({ name: 'ann' })
  const cause = new TypeError('Failed to fetch')
  page.refresh = () => Promise.reject(cause)
  await expect(client.renew()).rejects.toMatchObject({ name: 'Unreachable', cause })
  // During the backoff as well.
  await expect(client.renew('again')).rejects.toMatchObject({ name: 'Unreachable', cause })
  client.dispose()
})

test('renewal: a lasting refusal is Refused, with its code; nobody is signed out', async () => {
  const page = new FakePage()
  const client = createClient()
  await client.signIn({ name: 'ann' })
  page.refresh = async () =>
    Response.json({ error: 'csrf_refused', message: 'Another site' }, { status: 403 })
  const refused = { name: 'Refused', code: 'csrf_refused', status: 403 }
  await expect(client.renew()).rejects.toMatchObject(refused)
  await expect(client.renew('again')).rejects.toBeInstanceOf(Refused)
  expect(client.state).toMatchObject({ status: 'signed-in', reachable: true })
  client.dispose()
})

test('fetch: relative addresses are those of the page, and null is no options', async () => {
  const page = new FakePage()
  const client = createClient()
  await client.signIn({ name: 'ann' })
  for (const address of ['/me', 'orders?page=2', new URL('/url', ORIGIN)])
    await client.fetch(address)
  await client.fetch('/null', null as never)
  expect(page.requests.slice(1)).toEqual(['/me ann', '/shop/orders ann', '/url ann', '/null ann'])
  client.dispose()
})

test('fetch: may replace the fetch of the page, and a mock may replace both later', async () => {
  const page = new FakePage()
  const client = createClient()
  await client.signIn({ name: 'ann' })
  for (const replacement of [
    client.fetch,
    (...args: Parameters<typeof fetch>) => client.fetch(...args),
    async (input: RequestInfo | URL, init?: RequestInit) => (
      await Promise.resolve(),
      client.fetch(input, { ...init })
    ),
  ]) {
    vi.stubGlobal('fetch', replacement)
    expect((await fetch('/me')).status).toBe(200)
    expect((await client.fetch('/me')).status).toBe(200)
    await client.renew()
  }
  expect(page.requests.filter((request) => request === '/me ann')).toHaveLength(6)
  vi.stubGlobal('fetch', async () => new Response('mocked'))
  expect(await (await client.fetch('/me')).text()).toBe('mocked')
  client.dispose()
})

test('fetch: a runtime without it is a TypeError when the client is made', () => {
  vi.stubGlobal('fetch', undefined)
  expect(() => header.createClient()).toThrow(TypeError("'fetch' is not available"))
})

test('fresh: renews only if the tokens are due', async () => {
  const page = new FakePage()
  const client = createClient()
  await client.fresh()
  await client.signIn({ name: 'ann' })
  await client.fresh()
  expect(page.requests).toEqual(['/login'])
  vi.useFakeTimers({ toFake: ['performance'], now: performance.now() })
  vi.advanceTimersByTime(280_000)
  await client.fresh()
  vi.useRealTimers()
  expect(page.requests).toEqual(['/login', '/refresh ann'])
  client.dispose()
})

test('fresh: renews tokens whose lifetime is not known, once', async () => {
  const page = new FakePage()
  const before = createClient()
  await before.signIn({ name: 'ann' })
  before.dispose()
  // Knows the session by its cookie only, as after a renewal by a server that renders pages.
  const client = createClient()
  await client.fresh()
  await client.fresh()
  expect(page.requests).toEqual(['/login', '/refresh ann'])
  client.dispose()
})

test('a POST is not sent under a session that began without this page', async () => {
  const page = new FakePage()
  const client = createClient()
  await client.ready
  page.cookie = '__Host-latchkey-session=bob.0'
  await expect(client.fetch('/order', { method: 'POST' })).rejects.toThrow('Another session began')
  expect(page.requests).toEqual([])
  expect(client.state).toMatchObject({ status: 'signed-in', sessionId: 'bob' })
  client.dispose()
})

test('sign-out without a known session still reaches the server', async () => {
  const page = new FakePage()
  const client = createClient()
  await client.signOut()
  expect(page.requests).toEqual(['/logout'])
  expect(client.state.status).toBe('signed-out')
  client.dispose()
})
