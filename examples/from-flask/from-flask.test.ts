import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flaskFor } from '../../scripts/flask.mjs'
import { run } from '../testing.ts'
import { createApp } from './renewal.ts'

const PYTHON: string | null = flaskFor('the example that moves away from Flask')
const SECRET = 'a secret that both services know, and long enough'

const cookieOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')

const send = async (origin: string, path: string, token?: string, init: RequestInit = {}) => {
  const headers = {
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
  const response = await fetch(origin + path, { ...init, headers })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

test('renewCookies: renews an old cookie, and not on the response that signs out', async () => {
  let now = Date.now()
  const app = createApp(SECRET, () => now)
  const cookie = cookieOf(await app.request('/login', { method: 'POST' }))
  const get = (path: string) => app.request(path, { headers: { cookie } })
  expect((await get('/protected')).headers.getSetCookie()).toEqual([])
  now += 31 * 60_000
  const renewed = await get('/protected')
  expect(await renewed.json()).toEqual({ hello: 'ada' })
  expect(renewed.headers.getSetCookie()).toHaveLength(2)
  const out = await get('/logout')
  expect(
    out.headers.getSetCookie().every((header) => header.includes('=; Expires=Thu, 01 Jan 1970')),
  ).toBe(true)
  now += 40 * 60_000
  expect((await get('/protected')).status).toBe(401)
  expect((await app.request('/protected', { headers: { cookie: cookieOf(renewed) } })).status).toBe(
    200,
  )
})

describe.skipIf(PYTHON === null)('the Flask service and the new service', () => {
  let folder: string
  let flask: { origin: string; stop(): Promise<void> }
  let moved: Awaited<ReturnType<typeof run>>
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-from-flask-'))
    ;[flask, moved] = await Promise.all([
      startPython(),
      run(join(import.meta.dirname, 'server.ts'), { cwd: folder, env: { SECRET } }),
    ])
  })
  afterAll(async () => {
    await Promise.all([flask.stop(), moved.stop()])
    rmSync(folder, { recursive: true })
  })

  const signIn = async () =>
    (
      await send(flask.origin, '/login', undefined, {
        method: 'POST',
        body: '{"username":"ada","password":"open sesame"}',
      })
    ).body

  test('tokens of each service are accepted by both', async () => {
    const { access_token, refresh_token } = await signIn()
    const renewed = {
      flask: await send(flask.origin, '/refresh', refresh_token, { method: 'POST' }),
      moved: await send(moved.origin, '/refresh', refresh_token, { method: 'POST' }),
    }
    for (const token of [
      access_token,
      renewed.flask.body.access_token,
      renewed.moved.body.access_token,
    ]) {
      for (const { origin } of [flask, moved])
        expect(await send(origin, '/protected', token)).toEqual({
          status: 200,
          body: { logged_in_as: 'ada' },
        })
    }
  })

  test('both refuse the same requests with the same status and body', async () => {
    const { access_token, refresh_token } = await signIn()
    const stale = (await send(moved.origin, '/refresh', refresh_token, { method: 'POST' })).body
      .access_token
    const requests: Array<[path: string, token?: string | undefined, method?: string]> = [
      ['/protected'],
      ['/protected', 'x'],
      ['/protected', refresh_token],
      ['/protected', `${access_token}x`],
      ['/transfer', stale],
      ['/transfer', access_token],
      ['/refresh', access_token, 'POST'],
    ]
    for (const [path, token, method = 'GET'] of requests) {
      expect(await send(moved.origin, path, token, { method }), path).toEqual(
        await send(flask.origin, path, token, { method }),
      )
    }
  })

  test('a token revoked at the new service is refused there', async () => {
    const { access_token } = await signIn()
    expect((await send(moved.origin, '/logout', access_token, { method: 'POST' })).status).toBe(200)
    expect(await send(moved.origin, '/protected', access_token)).toEqual({
      status: 401,
      body: { msg: 'Token has been revoked' },
    })
  })
})

function startPython(): Promise<{ origin: string; stop(): Promise<void> }> {
  const child = spawn(PYTHON!, [join(import.meta.dirname, 'service.py')], {
    env: { ...process.env, SECRET, PORT: '0' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return new Promise((resolve, reject) => {
    child.stdout
      .setEncoding('utf8')
      .once('data', (origin: string) =>
        resolve({ origin: origin.trim(), stop: () => (child.kill(), ended) }),
      )
    void ended.then(() => reject(new Error('the Flask service ended before it was ready')))
  })
}
