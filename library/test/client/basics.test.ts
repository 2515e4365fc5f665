/** The client's exports, options and pure functions. */
import { afterEach, expect, test, vi } from 'vitest'
import * as header from '../../src/client/header.ts'
import * as latchkey from '../../src/client/index.ts'
import { abortable } from '../../src/client/internal/abort.ts'
import { newAttempt } from '../../src/client/internal/refresh-attempts.ts'
import { post } from '../../src/client/internal/http.ts'
import type { ClientOptions } from '../../src/client/internal/options.ts'
import { mayHaveExpired, originOf } from '../../src/client/internal/renewable-response.ts'
import { bearerTransport, cookieTransport } from '../../src/client/internal/transports.ts'
import { ENDED_CODES } from '../../src/protocol.ts'

test.for([latchkey, header])('exports: createClient and the four errors', (module) => {
  expect(Object.keys(module).sort((a, b) => a.localeCompare(b))).toEqual([
    'createClient',
    'Refused',
    'Replaced',
    'SignedOut',
    'Unreachable',
  ])
})

test('server rendering: the state stays unknown, and no global is added', async () => {
  const before = Object.keys(globalThis)
  const client = header.createClient({ origin: 'https://api.example.com' })
  expect(await client.ready).toEqual({
    status: 'unknown',
    sessionId: null,
    generation: null,
    reason: null,
    reachable: true,
  })
  await expect(client.fetch('data:,text').then((response) => response.text())).resolves.toBe('text')
  await expect(client.renew()).rejects.toBeInstanceOf(header.Unreachable)
  await expect(client.renew()).rejects.toMatchObject({ name: 'Unreachable', retryAfter: 0 })
  client.dispose()
  expect(Object.keys(globalThis)).toEqual(before)
})

test.for([
  [{ origin: 'https://api.example.com/' }, 'https://api.example.com/'],
  [{ origins: ['api.example.com'] }, 'api.example.com'],
  [{ origins: ['https://api.example.com', 'https://API.example.com'] }, 'https://API.example.com'],
  [{ origins: ['https://user@api.example.com'] }, 'https://user@api.example.com'],
  [{ origins: ['null'] }, 'null'],
  [{ mode: 'header' } as ClientOptions, 'mode'],
  [{ orgin: 'https://api.example.com' } as ClientOptions, 'orgin'],
] as const)('options: %o throws a TypeError that names the mistake', ([options, mistake]) => {
  expect(() => latchkey.createClient(options)).toThrow(TypeError)
  expect(() => latchkey.createClient(options)).toThrow(`'${mistake}'`)
})

const leadsToRenewal = (challenge: string | null): boolean =>
  mayHaveExpired(
    new Response(null, {
      status: 401,
      headers: challenge ? { 'www-authenticate': challenge } : {},
    }),
  )

test('401: only a challenge that a new access token can satisfy leads to a renewal', () => {
  const yes = [
    'Bearer',
    'bearer realm="x"',
    'Bearer error="invalid_token"',
    'Bearer error=invalid_token',
    'Bearer realm="latchkey", error="invalid_token", error_description="It expired."',
  ]
  const no = [
    null,
    'Basic realm="x"',
    'Bearer error="insufficient_user_authentication"',
    'Bearer error="invalid_token_type"',
    'Bearer error="insufficient_scope", error_description="invalid_token"',
    'Bearer error="invalid_request"',
  ]
  expect(yes.filter((challenge) => !leadsToRenewal(challenge))).toEqual([])
  expect(no.filter(leadsToRenewal)).toEqual([])
})

afterEach(() => vi.unstubAllGlobals())

/** The code by which a response of the refresh route ends a session. */
async function endCodeOf(
  status: number,
  body: unknown,
  transport = bearerTransport,
): Promise<string | undefined> {
  vi.stubGlobal(
    'fetch',
    async () => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }),
  )
  const config = { ...transport, origins: ['https://api.example.com'], send: fetch }
  return (await post(config, '/refresh', 'token', {}, 1000)).endCode
}

test('refresh route: only a 401 with one of its own codes ends a session', async () => {
  for (const error of ENDED_CODES) expect(await endCodeOf(401, { error })).toBe(error)
  expect(await endCodeOf(401, { error: 'token_missing' }, cookieTransport)).toBe('token_missing')
  for (const error of ENDED_CODES)
    expect(await endCodeOf(401, { error }, cookieTransport)).toBe(error)
  // The server has another secret, or does not know the session's application.
  expect(await endCodeOf(401, { error: 'token_invalid' })).toBe('token_invalid')
  for (const error of ['token_missing', 'invalid_token', 'unauthorized', undefined])
    expect(await endCodeOf(401, { error })).toBeUndefined()
  for (const body of [null, 'session_idle', '"session_idle"', '<title>session_idle</title>', 0])
    expect(await endCodeOf(401, body)).toBeUndefined()
  for (const status of [200, 400, 403, 503])
    expect(await endCodeOf(status, { error: 'session_idle' })).toBeUndefined()
})

test('originOf: scheme, host and port without the default port; null for an opaque origin', () => {
  expect(originOf('https://api.example.com:8443/x?y#z')).toBe('https://api.example.com:8443')
  expect(originOf(new URL('http://api.example.com:80'))).toBe('http://api.example.com')
  for (const opaque of ['data:,text', 'about:blank', 'javascript:0'])
    expect(originOf(opaque)).toBe('null')
})

test('newAttempt: 128 random bits in base64url', () => {
  const attempts = Array.from({ length: 100 }, newAttempt)
  expect(attempts.every((attempt) => /^[\w-]{22}$/.test(attempt))).toBe(true)
  expect(new Set(attempts).size).toBe(100)
})

test('abortable: rejects with the reason of the signal, else settles as the promise', async () => {
  const controller = new AbortController()
  const done = Promise.resolve('done')
  const aborted = abortable(controller.signal, new Promise(() => {}))
  controller.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow('enough')
  await expect(abortable(controller.signal, done)).rejects.toThrow('enough')
  await expect(abortable(null, done)).resolves.toBe('done')
  await expect(abortable(new AbortController().signal, done)).resolves.toBe('done')
})
