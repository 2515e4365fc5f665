import { once } from 'node:events'
import {
  connect,
  createServer,
  type ClientHttp2Session,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAuth } from 'latchkey'
import { getAuth, guard, routes } from 'latchkey/node'
import { memoryStore } from 'latchkey/stores/memory'
import { host } from './host.ts'

const CREDENTIALS = JSON.stringify({ username: 'ada', password: 'open sesame' })

let session: ClientHttp2Session
let stop: () => unknown

beforeEach(async () => {
  const auth = createAuth({
    secret: 'a secret of more than thirty-two bytes',
    store: memoryStore(),
    dangerouslyInsecureCookies: true,
  })
  const [check, checkJson] = [guard(auth), guard(auth, { locations: ['json'] })]
  const handleRoutes = routes(auth, {
    signIn: ({ password }) => (password === 'open sesame' ? 'ada' : null),
  })
  const server = createServer(async (request, response) => {
    if (request.url === '/private' || request.url === '/json') {
      if (!(await (request.url === '/json' ? checkJson : check)(request, response))) return
      response.end(
        JSON.stringify({
          identity: getAuth(request).identity,
          authority: request.headers[':authority'],
        }),
      )
    } else if (!(await handleRoutes(request, response))) {
      response.writeHead(404).end()
    }
  })
  const { origin, close } = await host(server)
  // Lets Node's client send a repeated single-value header such as Authorization.
  session = connect(origin, { strictSingleValueFields: false } as object)
  stop = close
})
afterEach(() => {
  session.destroy()
  stop()
})

interface TestResponse {
  status: number
  headers: Record<string, unknown>
  body: Record<string, unknown>
}

async function send(
  headers: OutgoingHttpHeaders | string[],
  body?: string | Buffer,
): Promise<TestResponse> {
  const stream = session.request(headers, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  const [responseHeaders] = (await once(stream, 'response')) as [Record<string, unknown>]
  let text = ''
  for await (const chunk of stream.setEncoding('utf8')) text += chunk as string
  return {
    status: responseHeaders[':status'] as number,
    headers: responseHeaders,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  }
}

const post = (path: string, body?: string | Buffer, headers: OutgoingHttpHeaders = {}) =>
  send({ ':method': 'POST', ':path': path, 'content-type': 'application/json', ...headers }, body)

test('sign-in, a guarded route and refresh: bodies without Content-Length are read', async () => {
  const { status, headers, body } = await post('/login', CREDENTIALS)
  expect([status, headers['cache-control'], headers['content-length']]).toEqual([
    200,
    'no-store',
    undefined,
  ])
  const authorization = `Bearer ${String(body.access_token)}`
  expect(
    (await send({ ':path': '/private', ':authority': 'app.example', authorization })).body,
  ).toEqual({ identity: 'ada', authority: 'app.example' })
  expect(
    (await post('/json', JSON.stringify({ access_token: body.access_token }))).body.identity,
  ).toBe('ada')
  expect(
    (await post('/refresh', JSON.stringify({ refresh_token: body.refresh_token }))).status,
  ).toBe(200)
  expect(
    (await post('/refresh', undefined, { authorization: `Bearer ${String(body.refresh_token)}` }))
      .status,
  ).toBe(200)
})

test('refusals: status and challenge, without a body for HEAD', async () => {
  const refused = await send({ ':path': '/private' })
  expect([refused.status, refused.body.error, refused.headers['www-authenticate']]).toEqual([
    401,
    'token_missing',
    'Bearer realm="latchkey"',
  ])
  expect(await send({ ':method': 'HEAD', ':path': '/private' })).toMatchObject({
    status: 401,
    body: {},
  })
  expect((await post('/refresh', '{"refresh_token":')).status).toBe(400)
  expect(
    (await post('/refresh', JSON.stringify({ refresh_token: 'x'.repeat(20_000) }))).status,
  ).toBe(413)
  expect((await send({ ':path': '/private' })).status, 'the connection is still usable').toBe(401)
})

test('cookies in several fields are one list, and each value of a name is tried', async () => {
  const { headers } = await post(
    '/login',
    JSON.stringify({ username: 'ada', password: 'open sesame', mode: 'cookie' }),
  )
  const cookies = (headers['set-cookie'] as string[]).map((cookie) => cookie.split(';', 1)[0]!)
  expect(cookies).toHaveLength(4)
  expect(
    (await send({ ':path': '/private', cookie: ['theme=dark', ...cookies] })).body.identity,
  ).toBe('ada')
  const twice = [...cookies.map((cookie) => `${cookie}x`), ...cookies]
  expect((await send({ ':path': '/private', cookie: twice })).status).toBe(200)
})

test('cookies without Sec-Fetch-Site: Origin must be the authority that was asked', async () => {
  const cookieMode = JSON.stringify({ username: 'ada', password: 'open sesame', mode: 'cookie' })
  const signIn = async (origin: string) =>
    (await post('/login', cookieMode, { ':authority': 'app.example', origin })).status
  expect(await signIn('http://app.example')).toBe(200)
  expect(await signIn('https://evil.example')).toBe(403)
})

test('two Authorization headers are refused, even if one has a valid token', async () => {
  const { body } = await post('/login', CREDENTIALS)
  const valid = `Bearer ${String(body.access_token)}`
  for (const [first, second] of [
    [valid, 'Bearer x'],
    ['Bearer x', valid],
  ]) {
    const response = await send([
      ':path',
      '/private',
      'authorization',
      first!,
      'authorization',
      second!,
    ])
    expect([response.status, response.body.error]).toEqual([401, 'token_invalid'])
  }
})

test('a stream reset in the middle of its body leaves the connection usable', async () => {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/refresh',
    'content-type': 'application/json',
  })
  stream.on('error', () => {})
  await new Promise((sent) => stream.write('{"refresh_token"', sent))
  stream.close(8)
  await once(stream, 'close')
  expect((await send({ ':path': '/private' })).status).toBe(401)
})
