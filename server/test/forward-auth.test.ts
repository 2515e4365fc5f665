/** `GET /verify`, alone and behind nginx and Caddy with the configurations of the examples. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { onTestFinished, describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/postgres.mjs'
import { caddyFor, nginxFor } from '../../scripts/proxies.mjs'
import { HOUR, PASSWORD, startServer } from './server.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples/forward-auth')
const PAGE = { accept: 'text/html' }
const OWN = { 'sec-fetch-site': 'same-origin' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

test('GET /verify: 204 with the user for a valid token, in a header or a cookie', async () => {
  const server = await startServer()
  const { access_token: token } = await server.register('José')
  const passed = await server.send('GET', '/verify', { token })
  expect([passed.status, passed.text]).toEqual([204, ''])
  expect(passed.headers['remote-user']).toBe('Jos%C3%A9')
  expect(passed.headers['latchkey-account']).toMatch(/^[\w-]+$/)
  const cookie = { cookie: `latchkey-access=${token}` }
  expect((await server.send('GET', '/verify', { headers: cookie })).status).toBe(204)
})

test('GET /verify: a page that another site causes to change something is refused', async () => {
  const server = await startServer()
  const { access_token: token } = await server.register()
  const verify = async (method: string, site: string) =>
    server.send('GET', '/verify', {
      headers: {
        ...PAGE,
        cookie: `latchkey-access=${token}`,
        'sec-fetch-site': site,
        'x-forwarded-method': method,
        'x-forwarded-uri': '/orders',
      },
    })
  for (const site of ['same-site', 'cross-site']) {
    for (const method of ['POST', 'post', 'DELETE', 'X']) {
      const { status, headers } = await verify(method, site)
      expect([status, headers.location]).toEqual([403, undefined])
    }
    expect((await verify('GET', site)).status).toBe(204)
  }
  expect((await verify('POST', 'same-origin')).status).toBe(204)
  const webSocket = (site: string) =>
    server.send('GET', '/verify', {
      headers: {
        cookie: `latchkey-access=${token}`,
        'sec-fetch-site': site,
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      },
    })
  expect((await webSocket('cross-site')).status).toBe(403)
  expect((await webSocket('same-origin')).status).toBe(204)
})

test('GET /verify: a page without a token is sent to the sign-in, on this site only', async () => {
  const server = await startServer()
  const verify = (uri: string, headers: Record<string, string> = PAGE, query = '') =>
    server.send('GET', `/verify${query}`, { headers: { ...headers, 'x-forwarded-uri': uri } })
  const refused = await verify('/orders?id=7&x=%26')
  const location = '/login?next=%2Forders%3Fid%3D7%26x%3D%2526'
  expect([refused.status, refused.headers.location]).toEqual([401, location])
  const redirected = await verify('/orders?id=7&x=%26', PAGE, '?redirect')
  expect([redirected.status, redirected.headers.location]).toEqual([303, location])
  for (const uri of ['//evil.example', 'https://evil.example', '/\\evil.example', 'x'])
    expect((await verify(uri)).headers.location).toBe('/login?next=%2Faccount')
  for (const headers of [{}, { ...PAGE, 'x-forwarded-method': 'POST' }]) {
    for (const query of ['', '?redirect']) {
      const { status, headers: received } = await verify('/orders', headers, query)
      expect([status, received.location]).toEqual([401, undefined])
    }
  }
})

const PROXIES = [
  { name: 'nginx', file: 'nginx.conf', start: nginxFor('GET /verify behind nginx') },
  { name: 'Caddy', file: 'Caddyfile', start: caddyFor('GET /verify behind Caddy') },
]

describe.each(PROXIES)('behind $name', ({ file, start }) => {
  /** A sign-in server and an application that returns what it receives, behind the proxy. */
  async function setUp() {
    const port = await freePort()
    const origin = `http://localhost:${port}`
    const server = await startServer({ LATCHKEY_ORIGIN: origin, LATCHKEY_TRUST_PROXY: '1' })
    const application = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      response.end(JSON.stringify({ headers: request.headers, method: request.method, body }))
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => application.once('listening', resolve))
    const ports: Record<string, number> = {
      ':3000': server.port,
      ':4000': (application.address() as AddressInfo).port,
    }
    const config = readFileSync(join(EXAMPLES, file), 'utf8')
      .replace(/:[34]000\b/g, (found) => `:${ports[found]}`)
      .replace(/\b8080\b/, String(port))
    const proxy = await start!(config, port)
    onTestFinished(async () => {
      await proxy.stop()
      application.closeAllConnections()
      application.close()
    })
    const jar = new Map<string, string>()
    const send = async (method: string, path: string, headers = {}, body: string | null = null) => {
      const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { host: `localhost:${port}`, ...(cookie && { cookie }), ...headers },
        body,
        redirect: 'manual',
      })
      for (const setCookie of response.headers.getSetCookie()) {
        const [, cookieName, value] = /^([^=]+)=([^;]*)/.exec(setCookie)!
        if (value === '') jar.delete(cookieName!)
        else jar.set(cookieName!, value!)
      }
      const text = await response.text()
      return { status: response.status, location: response.headers.get('location'), text }
    }
    return { server, send, jar }
  }

  test.skipIf(start === null)('sign-in, use, renewal, forged requests, sign-out', async () => {
    const { server, send, jar } = await setUp()
    await server.register('ada')
    const echo = (text: string) =>
      JSON.parse(text) as { headers: Record<string, string>; method: string; body: string }

    const first = await send('GET', '/orders?id=7', PAGE)
    expect([first.status, first.location]).toEqual([303, '/login?next=%2Forders%3Fid%3D7'])
    expect((await send('GET', '/orders', {})).status).toBe(401)
    expect((await send('GET', '/verify', {})).status).not.toBe(204)
    expect((await send('GET', first.location!, PAGE)).status).toBe(200)

    const form = new URLSearchParams({ username: 'ada', password: PASSWORD, next: '/orders?id=7' })
    const signedIn = await send('POST', '/login', { ...PAGE, ...OWN, ...FORM }, String(form))
    expect([signedIn.status, signedIn.location]).toEqual([303, '/orders?id=7'])
    const spoofed = { 'remote-user': 'root', 'latchkey-account': 'x' }
    const opened = echo((await send('GET', '/orders?id=7', { ...PAGE, ...spoofed })).text)
    expect(opened.headers['remote-user']).toBe('ada')
    expect(opened.headers['latchkey-account']).not.toBe('x')

    const posted = await send('POST', '/orders', { ...OWN, ...FORM }, 'item=1')
    expect(echo(posted.text)).toMatchObject({ method: 'POST', body: 'item=1' })
    const forged = { ...FORM, 'sec-fetch-site': 'cross-site' }
    expect((await send('POST', '/orders', forged, 'item=1')).status).toBe(403)

    server.clock.advance(HOUR)
    const late = await send('GET', '/orders?id=8', PAGE)
    expect([late.status, late.location]).toEqual([303, '/login?next=%2Forders%3Fid%3D8'])
    const renewed = await send('GET', late.location!, PAGE)
    expect([renewed.status, renewed.location]).toEqual([303, '/orders?id=8'])
    expect((await send('GET', '/orders?id=8', PAGE)).status).toBe(200)

    const kept = new Map(jar)
    expect((await send('POST', '/logout', { ...PAGE, ...OWN, ...FORM }, '')).status).toBe(303)
    for (const [cookieName, value] of kept) jar.set(cookieName, value)
    expect((await send('GET', '/orders', PAGE)).status).toBe(303)
  })
})
