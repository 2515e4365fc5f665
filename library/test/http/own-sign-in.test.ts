import { createAuth, type AuthOptions } from 'latchkey'
import { signIn } from 'latchkey/fetch'
import { memoryStore } from 'latchkey/stores/memory'
import { expect, test } from 'vitest'
import { SECRET } from '../core/session/setup.ts'

const setUp = (options: Partial<AuthOptions> = {}) =>
  createAuth({ secret: SECRET, store: memoryStore(), onEvent: () => {}, ...options })

const request = (init: RequestInit = {}) =>
  new Request('https://app.example/callback', { method: 'POST', ...init })

test('signIn, option mode: decides, whatever the body says', async () => {
  const auth = setUp()
  const inCookies = await signIn(auth, request(), 'ada', { mode: 'cookie' })
  expect(inCookies.headers.getSetCookie()).toHaveLength(3)
  const headers = { 'content-type': 'application/json' }
  const asJson = request({ headers, body: '{"mode":"cookie"}' })
  expect((await signIn(auth, asJson, 'ada', { mode: 'header' })).headers.getSetCookie()).toEqual([])
  // Applications pass on what a client sent.
  const refused = await signIn(auth, request(), 'ada', { mode: 'url' })
  expect([refused.status, await refused.json()]).toMatchObject([400, { error: 'request_invalid' }])
})

test('signIn, mode cookie: a GET passes, as after a redirect of an OAuth server', async () => {
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
  const callback = request({ method: 'GET', headers })
  const response = await signIn(setUp(), callback, 'ada', { mode: 'cookie' })
  expect(response.headers.getSetCookie()).toHaveLength(3)
})

test('signIn: claims, device and attempt are stored', async () => {
  const auth = setUp()
  const headers = { 'user-agent': 'Chrome/140', 'refresh-attempt': 'A'.repeat(22) }
  const options = { claims: { role: 'admin' } }
  const response = await signIn(auth, request({ headers }), 'ada', options)
  const { access_token: token, session_id: id } = (await response.json()) as Record<string, string>
  expect(auth.decodeToken(token!)).toMatchObject({ claims: { role: 'admin' } })
  expect(await auth.explain(id!)).toMatchObject({ device: { userAgent: 'Chrome/140' } })
  const device = { address: '192.0.2.1' }
  await signIn(auth, request({ headers }), 'bob', { device })
  expect((await auth.sessions('bob')).sessions[0]).toMatchObject({ device })
})

test('signIn: a mistake rejects, a store that is away is a 503', async () => {
  const store = memoryStore()
  const auth = setUp({
    store: {
      ...store,
      create: () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' })),
    },
  })
  const mistake = signIn(auth, request(), 'ada', { claims: { sub: 'eve' } })
  await expect(mistake).rejects.toThrow(TypeError)
  const away = await signIn(auth, request(), 'ada', { mode: 'cookie' })
  expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1'])
  expect(away.headers.getSetCookie()).toEqual([])
})
