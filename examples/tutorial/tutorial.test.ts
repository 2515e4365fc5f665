import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTutorial, type Tutorial } from './testing.ts'

let app: Tutorial
beforeAll(async () => void (app = await startTutorial()))
afterAll(() => app.stop())

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const LIUYONG = { logged_in_as: { age: '24', username: 'liuyong' } }

test('POST /login: accepts a form and JSON', async () => {
  const tokens = await app.signIn()
  expect(tokens).toEqual({
    access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    refresh_token: expect.stringMatching(/^[\w-]{76}$/),
    token_type: 'Bearer',
    expires_in: expect.any(Number),
    refresh_expires_in: 2_592_000,
    session_id: expect.stringMatching(/^[\w-]{22}$/),
    generation: 0,
  })
  // Five seconds or a little less: jitter, so tokens do not all expire at once.
  expect([4, 5]).toContain(tokens.expires_in)
  const json = await app.post('/login', { username: 'test', password: 'test' })
  expect(json.status).toBe(200)
  expect(json.response.headers.get('cache-control')).toBe('no-store')
  expect(json.response.headers.getSetCookie()).toEqual([])
})

test.each([
  ['a wrong password', { username: 'test', password: 'Test' }],
  ['an unknown name', { username: 'tset', password: 'test' }],
  ['a name from the prototype', { username: '__proto__', password: 'test' }],
  ['no password', { username: 'test' }],
  ['a password that is not a string', { username: 'test', password: { test: 'test' } }],
  ['nothing', {}],
])('POST /login with %s: the same 401', async (_what, body) => {
  const result = await app.post('/login', body)
  expect(result.status).toBe(401)
  expect(result.body).toEqual({
    msg: 'Bad username or password',
    error: 'credentials_invalid',
    message: 'Bad username or password',
  })
  expect(result.response.headers.get('www-authenticate')).toBe('Bearer realm="latchkey"')
})

test.each([
  ['/login', 'application/json', '{"username":', 400, 'request_invalid'],
  ['/login', 'application/json', '["test"]', 400, 'request_invalid'],
  ['/login', 'text/plain', 'username=test&password=test', 415, 'media_type_unsupported'],
  [
    '/login',
    'application/json',
    JSON.stringify({ username: 'x'.repeat(20_000) }),
    413,
    'body_too_large',
  ],
  ['/test', 'application/json', 'null', 400, 'request_invalid'],
  ['/test', 'text/plain', 'token', 415, 'media_type_unsupported'],
  ['/refresh', 'application/json', '7', 400, 'request_invalid'],
  ['/refresh', 'application/xml', '<token/>', 415, 'media_type_unsupported'],
])('POST %s: an unreadable %s body is refused', async (path, type, body, status, error) => {
  const result = await app.send('POST', path, { body, headers: { 'content-type': type } })
  expect(result.status).toBe(status)
  expect(result.body).toEqual({ msg: expect.any(String), error, message: expect.any(String) })
})

test('POST /test: accepts the access token in JSON and in Authorization', async () => {
  const { access_token } = await app.signIn()
  for (const headers of [{}, { 'content-type': 'application/json; charset=utf-8' }]) {
    expect(await app.post('/test', { token: access_token }, headers)).toMatchObject({
      status: 200,
      body: { tets: 'test' },
    })
  }
  expect(await app.send('POST', '/test', { headers: bearer(access_token) })).toMatchObject({
    status: 200,
    body: { tets: 'test' },
  })
})

test('GET /protected: accepts the access token in Authorization and in the body', async () => {
  const { access_token } = await app.signIn()
  expect(await app.send('GET', '/protected', { headers: bearer(access_token) })).toMatchObject({
    status: 200,
    body: LIUYONG,
  })
  expect(await getWithBody(`${app.origin}/protected`, { token: access_token })).toEqual({
    status: 200,
    body: LIUYONG,
  })
  expect(await app.send('GET', '/protected')).toMatchObject({
    status: 401,
    body: { msg: 'Missing "token" key in json data.', error: 'token_missing' },
  })
})

test('POST /test: a refused access token gets the message of the tutorial', async () => {
  const { access_token, refresh_token } = await app.signIn()
  const tampered = access_token.replace(/.{4}$/, 'AAAA')
  const refusals: Array<[token: unknown, status: number, error: string, msg?: string]> = [
    [refresh_token, 422, 'token_type_invalid', 'Only access tokens are allowed'],
    ['garbage', 422, 'token_invalid'],
    ['a.b.c', 422, 'token_invalid'],
    [tampered, 422, 'token_invalid'],
    ['x'.repeat(10_000), 422, 'token_invalid'],
    [undefined, 401, 'token_missing', 'Missing "token" key in json data.'],
    ['', 401, 'token_missing', 'Missing "token" key in json data.'],
    [{ token: 1 }, 401, 'token_missing', 'Missing "token" key in json data.'],
  ]
  for (const [token, status, error, msg = expect.any(String)] of refusals) {
    expect(await app.post('/test', { token })).toMatchObject({ status, body: { msg, error } })
  }
  app.advance(5)
  expect(await app.post('/test', { token: access_token })).toMatchObject({
    status: 401,
    body: { msg: 'Token has expired', error: 'token_expired' },
  })
})

test('POST /refresh: a refused refresh token gets the message of the tutorial', async () => {
  const { access_token } = await app.signIn()
  const refusals: Array<[body: object, status: number, error: string, msg?: string]> = [
    [{}, 401, 'token_missing', 'Missing "refresh_token" key in json data.'],
    [{ token: access_token }, 401, 'token_missing', 'Missing "refresh_token" key in json data.'],
    [{ refresh_token: '' }, 401, 'token_missing', 'Missing "refresh_token" key in json data.'],
    [{ refresh_token: 'garbage' }, 422, 'token_invalid'],
    [{ refresh_token: access_token }, 422, 'token_type_invalid', 'Only refresh tokens are allowed'],
  ]
  for (const [body, status, error, msg = expect.any(String)] of refusals) {
    expect(await app.post('/refresh', body)).toMatchObject({ status, body: { msg, error } })
  }
})

test('responses: never repeat the input', async () => {
  const { access_token, refresh_token } = await app.signIn()
  for (const secret of [access_token.slice(0, -4), refresh_token.slice(0, -4), '<script>']) {
    for (const path of ['/test', '/refresh', '/login']) {
      const { body } = await app.post(path, {
        token: secret,
        refresh_token: secret,
        username: secret,
        password: secret,
      })
      expect(JSON.stringify(body)).not.toContain(secret)
    }
  }
})

test('unknown path: 404; unsupported method: 405', async () => {
  expect(await app.send('GET', '/nowhere')).toMatchObject({
    status: 404,
    body: { error: 'not_found' },
  })
  const wrong = await app.send('GET', '/login')
  expect(wrong).toMatchObject({ status: 405, body: { error: 'method_not_allowed' } })
  expect(wrong.response.headers.get('allow')).toBe('POST')
})

test('files: serves the pages and the modules of the client, nothing else', async () => {
  for (const [path, type] of [
    ['/index', 'text/html'],
    ['/page.css', 'text/css'],
    ['/page.ts', 'text/javascript'],
    ['/latchkey/client/header', 'text/javascript'],
  ] as const) {
    const response = await fetch(app.origin + path)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      `${type}; charset=utf-8`,
    ])
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'self'; .*script-src 'self' 'sha256-[\w+/=]+'/,
    )
  }
  for (const path of [
    '/server.ts',
    '/users.ts',
    '/latchkey/index.ts',
    '/latchkey/package.json',
    '/latchkey/client/%2e%2e/index.ts',
    '/latchkey/client/none.ts',
  ]) {
    expect((await fetch(app.origin + path)).status).toBe(404)
  }
})

/** `fetch` cannot send a body with GET, so the page of the tutorial could not use this route. */
function getWithBody(
  url: string,
  body: object,
): Promise<{ status: number | undefined; body: unknown }> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body)
    const request = httpRequest(
      url,
      {
        method: 'GET',
        headers: { 'content-type': 'application/json', 'content-length': text.length },
      },
      (response) => {
        let read = ''
        response.setEncoding('utf8').on('data', (chunk) => (read += chunk))
        response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(read) }))
      },
    )
    request.on('error', reject).end(text)
  })
}
