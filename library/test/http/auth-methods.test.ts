/** The methods for routes of an application's own, and what is private to an auth object. */
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { inspect } from 'node:util'
import { Hono } from 'hono'
import { createAuth, type AnyRequest, type SessionAuth } from 'latchkey'
import { viewOf } from 'latchkey/fetch'
import { fromFlask } from 'latchkey/flask'
import { routes, sendTokens } from 'latchkey/hono'
import { memoryStore } from 'latchkey/stores/memory'
import { describe, expect, test } from 'vitest'

const secret = 'a secret of more than thirty-two bytes'
const auth = createAuth({ secret, store: memoryStore(), origins: ['https://app.example'] })

type Fields = Record<string, string>
const fetchRequest = (method: string, headers: Fields) =>
  new Request('https://api.example/', { method, headers })
const nodeRequest = (method: string, headers: Fields) =>
  Object.assign(new IncomingMessage(new Socket()), {
    method,
    headers: { host: 'api.example', ...headers },
  })

/** The same request, as each framework passes it. */
const FORMS: Record<string, (method: string, headers: Fields) => AnyRequest> = {
  'a view': (method, headers) => viewOf(fetchRequest(method, headers)),
  'a Request': fetchRequest,
  'a request of Node': nodeRequest,
  'a request of Fastify': (method, headers) => ({
    method,
    headers: { host: 'api.example', ...headers },
    raw: nodeRequest(method, headers),
  }),
  'a context of Koa': (method, headers) => ({ req: nodeRequest(method, headers) }),
}

describe.each(Object.entries(FORMS))('checkOrigin of %s', (_name, make) => {
  const codeFor = (method: string, headers: Fields) =>
    auth.checkOrigin(make(method, headers))?.code ?? null
  test('from this site or an allowed origin: passes', () => {
    expect(codeFor('POST', { 'sec-fetch-site': 'same-origin', cookie: 'a=b' })).toBeNull()
    expect(codeFor('POST', { origin: 'https://app.example', cookie: 'a=b' })).toBeNull()
  })
  test('without Sec-Fetch-Site: Origin must be the one that was asked', () => {
    expect(codeFor('POST', { origin: 'https://api.example', cookie: 'a=b' })).toBeNull()
    expect(codeFor('POST', { origin: 'https://api.example:8443', cookie: 'a=b' })).toBe(
      'csrf_refused',
    )
  })
  test('from another site: refused, unless its method changes nothing', () => {
    expect(codeFor('POST', { 'sec-fetch-site': 'cross-site' })).toBe('csrf_refused')
    expect(codeFor('POST', { origin: 'https://evil.example' })).toBe('csrf_refused')
    expect(codeFor('GET', { 'sec-fetch-site': 'cross-site', cookie: 'a=b' })).toBeNull()
  })
  test('without Origin and Sec-Fetch-Site: refused if it has cookies', () => {
    expect(codeFor('POST', { cookie: 'a=b' })).toBe('csrf_refused')
    expect(codeFor('POST', {})).toBeNull()
  })
})

test('checkOrigin of a request without a method: refused from another site', () => {
  const headers = { 'sec-fetch-site': 'cross-site', cookie: 'a=b' }
  expect(auth.checkOrigin({ headers })?.code).toBe('csrf_refused')
})

test('checkOrigin of a context of Hono: passes and refuses as for the other forms', async () => {
  const app = new Hono().post('/', (context) =>
    context.text(auth.checkOrigin(context)?.code ?? 'passes'),
  )
  const codeFor = async (headers: Fields) =>
    (await app.request('/', { method: 'POST', headers })).text()
  expect(await codeFor({ 'sec-fetch-site': 'same-origin' })).toBe('passes')
  expect(await codeFor({ 'sec-fetch-site': 'cross-site' })).toBe('csrf_refused')
  expect(await codeFor({ cookie: 'a=b' })).toBe('csrf_refused')
  expect(await codeFor({ origin: 'http://localhost', cookie: 'a=b' })).toBe('passes')
})

test('clearCookies: removes each cookie by its own name', () => {
  const named = (cookies: string[]) => cookies.map((cookie) => cookie.split('=', 1)[0])
  expect(named(auth.clearCookies())).toEqual([
    '__Host-latchkey-access',
    '__Host-latchkey-refresh',
    '__Host-latchkey-session',
  ])
  const flask = createAuth(fromFlask({ JWT_SECRET_KEY: secret }))
  expect(flask.clearCookies()).toEqual(flask.unsetCookies())
})

describe('the settings of an auth object', () => {
  test('printed: no key is shown', () => {
    expect(inspect(auth, { depth: 9 })).not.toMatch(/refreshKeys|callbacks|KeyObject/)
    expect(JSON.stringify(auth)).toBe('{"throttle":{}}')
  })
  test('a copy of the object: works in its place', async () => {
    const copy: SessionAuth = { ...auth }
    const response = sendTokens(copy, await copy.signIn('ada'))
    expect(response.status).toBe(200)
  })
  test('another object, or one without a store: routes throw at start', () => {
    expect(() => routes({} as SessionAuth)).toThrow(/the object that createAuth returned/)
    const tokens = createAuth({ secret }) as unknown as SessionAuth
    expect(() => routes(tokens)).toThrow(/routes\(auth\) needs createAuth with the option "store"/)
  })
})
