import { afterEach, expect, test, vi } from 'vitest'
import { newAttempt } from '../../src/client/internal/attempts.ts'
import { bearerTransport } from '../../src/client/bearer-transport.ts'
import { cookieTransport } from '../../src/client/internal/transports.ts'
import * as header from '../../src/client/header.ts'
import * as latchkey from '../../src/client/index.ts'
import type { ClientOptions } from '../../src/client/internal/options.ts'
import { createPost } from '../../src/client/internal/http.ts'
import { mayHaveExpired, originOf } from '../../src/client/internal/requests.ts'
import { unless } from '../../src/client/internal/abort.ts'
import { ENDED_CODES } from '../../src/protocol.ts'

test.for([latchkey, header])('the client exports what it promises and nothing else', (module) => {
  expect(Object.keys(module).sort((a, b) => a.localeCompare(b))).toEqual([
    'createClient',
    'Replaced',
    'SignedOut',
    'Unreachable',
  ])
})

test('where pages are rendered on a server, nobody is signed in or out, and nothing is touched', async () => {
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
] as const)('an option that is not what it should be is named: %o', ([options, named]) => {
  expect(() => latchkey.createClient(options)).toThrow(TypeError)
  expect(() => latchkey.createClient(options)).toThrow(`'${named}'`)
})

const asked = (challenge: string | null): boolean =>
  mayHaveExpired(
    new Response(null, {
      status: 401,
      headers: challenge ? { 'www-authenticate': challenge } : {},
    }),
  )

test('only a challenge that a new access token answers makes a renewal', () => {
  const yes = [
    null,
    'Bearer',
    'bearer realm="x"',
    'Bearer error="invalid_token"',
    'Bearer error=invalid_token',
  ]
  yes.push('Bearer realm="latchkey", error="invalid_token", error_description="It expired."')
  const no = [
    'Basic realm="x"',
    'Bearer error="insufficient_user_authentication"',
    'Bearer error="invalid_token_type"',
  ]
  no.push(
    'Bearer error="insufficient_scope", error_description="invalid_token"',
    'Bearer error="invalid_request"',
  )
  expect(yes.filter((challenge) => !asked(challenge))).toEqual([])
  expect(no.filter(asked)).toEqual([])
})

afterEach(() => vi.unstubAllGlobals())

/** The code by which an answer of the refresh route ends a session. */
async function end(status: number, body: unknown, transport = bearerTransport): Promise<unknown> {
  vi.stubGlobal(
    'fetch',
    async () => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }),
  )
  return (await createPost('https://api.example.com', transport)('/refresh', 'key', {}, 1000)).code
}

test('only the codes of our own refresh route end a session', async () => {
  for (const error of ENDED_CODES) expect(await end(401, { error })).toBe(error)
  expect(await end(401, { error: 'token_missing' }, cookieTransport)).toBe('token_missing')
  for (const error of ['token_missing', 'token_invalid', undefined, ['session_idle']])
    expect(await end(401, { error })).toBeUndefined()
  for (const body of [null, 'session_idle', '"session_idle"', '<title>session_idle</title>', 0])
    expect(await end(401, body)).toBeUndefined()
  for (const status of [200, 400, 403, 503])
    expect(await end(status, { error: 'session_idle' })).toBeUndefined()
})

test('an origin is a scheme, a host and a port', () => {
  expect(originOf('https://api.example.com:8443/x?y#z')).toBe('https://api.example.com:8443')
  expect(originOf(new URL('http://api.example.com:80'))).toBe('http://api.example.com')
  for (const opaque of ['data:,text', 'about:blank', 'javascript:0'])
    expect(originOf(opaque)).toBe('null')
})

test('an attempt is 128 random bits in base64url', () => {
  const attempts = Array.from({ length: 100 }, newAttempt)
  expect(attempts.every((attempt) => /^[\w-]{22}$/.test(attempt))).toBe(true)
  expect(new Set(attempts).size).toBe(100)
})

test('who is called away gets the reason, and what was waited for goes on', async () => {
  const controller = new AbortController()
  const answer = Promise.resolve('done')
  const left = unless(controller.signal, new Promise(() => {}))
  controller.abort(new Error('enough'))
  await expect(left).rejects.toThrow('enough')
  await expect(unless(controller.signal, answer)).rejects.toThrow('enough')
  await expect(unless(null, answer)).resolves.toBe('done')
  await expect(unless(new AbortController().signal, answer)).resolves.toBe('done')
})
