import { expect, test } from 'vitest'
import { mayHaveExpired } from '../../src/client/fetch.ts'
import * as latchkey from '../../src/client/index.ts'
import { endIn, newAttempt } from '../../src/client/renew.ts'
import { unless } from '../../src/client/unless.ts'
import { ENDED_CODES } from '../../src/protocol.ts'

test('the client exports what it promises and nothing else', () => {
  expect(Object.keys(latchkey).sort((a, b) => a.localeCompare(b))).toEqual(['createClient', 'Replaced', 'SignedOut', 'Unreachable'])
})

test('where pages are rendered on a server, nobody is signed in or out, and nothing is touched', async () => {
  const before = Object.keys(globalThis)
  const client = latchkey.createClient({ mode: 'header', origin: 'https://api.example.com' })
  expect(await client.ready).toEqual({ status: 'unknown', sessionId: null, generation: null, reason: null, reachable: true })
  await expect(client.fetch('data:,text').then((response) => response.text())).resolves.toBe('text')
  await expect(client.renew()).rejects.toMatchObject({ name: 'Unreachable', code: 'unreachable' })
  client.dispose()
  expect(Object.keys(globalThis)).toEqual(before)
})

test.for([
  [{ origin: 'https://api.example.com/' }, 'https://api.example.com/'],
  [{ origins: ['api.example.com'] }, 'api.example.com'],
  [{ origins: ['https://api.example.com', 'https://API.example.com'] }, 'https://API.example.com'],
  [{ origins: ['https://user@api.example.com'] }, 'https://user@api.example.com'],
  [{ mode: 'bearer' as 'header' }, 'bearer'],
] as const)('an option that is not what it should be is named: %o', ([options, named]) => {
  expect(() => latchkey.createClient(options)).toThrow(TypeError)
  expect(() => latchkey.createClient(options)).toThrow(`'${named}'`)
})

const asked = (challenge: string | null): boolean =>
  mayHaveExpired(new Response(null, { status: 401, headers: challenge ? { 'www-authenticate': challenge } : {} }))

test('only a challenge that a new access token answers makes a renewal', () => {
  const yes = [null, 'Bearer', 'bearer realm="x"', 'Bearer error="invalid_token"', 'Bearer error=invalid_token']
  yes.push('Bearer realm="latchkey", error="invalid_token", error_description="It expired."')
  const no = ['Basic realm="x"', 'Bearer error="insufficient_user_authentication"', 'Bearer error="invalid_token_type"']
  no.push('Bearer error="insufficient_scope", error_description="invalid_token"', 'Bearer error="invalid_request"')
  expect(yes.filter((challenge) => !asked(challenge))).toEqual([])
  expect(no.filter(asked)).toEqual([])
})

const end = (status: number, error: unknown, mode: 'cookie' | 'header' = 'header'): string | null =>
  endIn({ status, body: { error }, retryAfter: 0 }, mode)

test('only the codes of our own refresh route end a session', () => {
  expect(ENDED_CODES.map((code) => end(401, code))).toEqual(ENDED_CODES)
  expect(end(401, 'token_missing', 'cookie')).toBe('token_missing')
  for (const error of ['token_missing', 'token_invalid', undefined, ['session_idle']]) expect(end(401, error)).toBeNull()
  for (const status of [200, 400, 403, 503]) expect(end(status, 'session_idle')).toBeNull()
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
