import { expect, test } from 'vitest'
import { attemptHeader, withAttempt } from '../../src/client/internal/attempts.ts'
import { bearerTransport } from '../../src/client/bearer-transport.ts'
import { caughtUp, corrected, ended, entered, remember } from '../../src/client/changes.ts'
import { cookieTransport } from '../../src/client/internal/transports.ts'
import { NOTHING, type Kept, type Tokens } from '../../src/client/internal/record.ts'
import type { TokenResponse } from '../../src/protocol.ts'

const answer = (generation: number, session = 'ann'): TokenResponse => ({
  access_token: `access ${generation}`,
  refresh_token: `refresh ${generation}`,
  expires_in: 300,
  refresh_expires_in: 1e6,
  session_id: session,
  generation,
})
const tokensOf = (tokens: TokenResponse, receivedAt: number): Tokens => {
  const { session_id: sessionId, generation, expires_in: expiresIn } = tokens
  return { ...bearerTransport.keysIn(tokens), sessionId, generation, expiresIn, receivedAt }
}
const enter = (kept: Kept, tokens: TokenResponse, owed?: string) =>
  entered(kept, tokensOf(tokens, 1000), kept.generation, owed)
const renew = (kept: Kept, begunAt: number, tokens: TokenResponse) =>
  entered(kept, tokensOf(tokens, 3000), begunAt)
const ann = enter(NOTHING, answer(0))
const attempted = (kept: Kept): Kept => withAttempt(kept, () => 'attempt')

test('a sign-in starts anew, and the session before is over', () => {
  const bob = enter(attempted(ann), answer(0, 'bob'), 'refresh 0')
  expect(bob).toMatchObject({
    sessionId: 'bob',
    ended: ['ann'],
    owed: ['refresh 0'],
    receivedAt: 1000,
  })
  expect(bob).toMatchObject({ generation: 0, pending: null, previous: null })
  expect(bob.reason).toBeUndefined()
  expect(enter(ann, answer(0), 'refresh 0')).toMatchObject({ ended: [], owed: [] })
  expect(enter(bob, answer(0, 'cis'))).toMatchObject({ ended: ['ann', 'bob'], owed: ['refresh 0'] })
})

test('in cookie mode no token is kept, whatever an answer says', () => {
  expect(cookieTransport.keysIn(answer(0))).toEqual({ access: 'ann', refresh: 'ann' })
})

test('in header mode an answer without both tokens is none', () => {
  const { access_token: _, ...half } = answer(0)
  expect([
    bearerTransport.keysIn(half),
    bearerTransport.keysIn({ ...answer(0), refresh_token: '' }),
  ]).toEqual([undefined, undefined])
})

test('an attempt is kept until it has made a generation', () => {
  const first = attempted(ann)
  expect(attempted(first)).toBe(first)
  expect(attemptHeader(first)).toBe('attempt')
  const repeated = renew(first, 0, answer(0))
  expect(repeated).toMatchObject({ access: 'access 0', generation: 0, pending: 'attempt' })
  const next = renew(repeated, 0, answer(1))
  expect(next).toMatchObject({
    access: 'access 1',
    refresh: 'refresh 1',
    receivedAt: 3000,
    generation: 1,
    pending: null,
    previous: 'attempt',
  })
  expect(attemptHeader(withAttempt(next, () => 'another'))).toBe('another, attempt')
})

test('a cookie that is ahead of the record shows that the pending attempt has made its generation', () => {
  const lost = attempted(ann)
  expect(caughtUp(lost, { sessionId: 'ann', generation: 1 })).toMatchObject({
    generation: 1,
    pending: null,
    previous: 'attempt',
  })
  expect(caughtUp(lost, { sessionId: 'ann', generation: 0 })).toBe(lost)
})

test('an answer that comes after a later one changes nothing', () => {
  const later = renew(attempted(ann), 0, answer(2))
  expect(renew(later, 0, answer(1))).toBe(later)
})

test('an answer that begins again where the server lost its last writes counts', () => {
  const later = renew(attempted(ann), 0, answer(5))
  expect(renew(attempted(later), 5, answer(4))).toMatchObject({
    generation: 4,
    pending: null,
    previous: 'attempt',
    receivedAt: 3000,
  })
})

test('where the cookie cannot be seen the record says which session there is; where it can, the cookie does', () => {
  const over =
    (...sessions: string[]) =>
    (sessionId: string) =>
      sessions.includes(sessionId)
  const marker = { sessionId: 'ann', generation: 5 }
  expect(corrected(ann, undefined, over())).toBe(ann)
  expect(corrected(ann, marker, over())).toMatchObject({ sessionId: 'ann', generation: 5 })
  expect(corrected(ann, { ...marker, generation: 0 }, over())).toMatchObject({
    sessionId: 'ann',
    generation: 0,
  })
  expect(corrected(ann, { sessionId: 'bob', generation: 2 }, over())).toMatchObject({
    sessionId: 'bob',
    generation: 2,
  })
  const none = { sessionId: undefined, generation: Number.NaN }
  expect(corrected(ann, none, over())).toEqual({ ...NOTHING, reason: 'token_missing' })
  expect(corrected(ann, { sessionId: 'bob', generation: 9 }, over('bob'))).toEqual({
    ...NOTHING,
    reason: 'token_missing',
  })
  const out = ended(ann, 'ann', 'session_idle')
  expect(corrected(out, { sessionId: 'ann', generation: 9 }, over('ann'))).toEqual({
    ...NOTHING,
    reason: 'session_idle',
  })
  expect(corrected(ann, undefined, over('ann'))).toEqual(NOTHING)
  expect(corrected(NOTHING, none, over())).toEqual(NOTHING)
})

test('what is over keeps its reason and no token', () => {
  const out = ended(ann, 'ann', 'session_idle', 'refresh 0')
  expect(out).toEqual({ ...NOTHING, reason: 'session_idle', ended: ['ann'], owed: ['refresh 0'] })
})

test('the end of a session leaves the one that took its place alone', () => {
  const bob = enter(ann, answer(0, 'bob'))
  expect(ended(bob, 'ann', 'session_signed_out')).toEqual(bob)
})

test('a session found by its cookie begins with that cookie’s generation, unless it was over here', () => {
  const found = caughtUp(attempted(ann), { sessionId: 'bob', generation: 7 })
  expect(found).toMatchObject({
    sessionId: 'bob',
    ended: ['ann'],
    generation: 7,
    pending: null,
    previous: null,
    access: 'bob',
    refresh: 'bob',
    receivedAt: 0,
  })
  expect(caughtUp(found, { sessionId: 'ann', generation: 9 })).toBe(found)
})

test('lists stay short', () => {
  let list: string[] = []
  for (let index = 0; index < 100; index++) list = remember(list, `session ${index}`)
  expect([
    list.length,
    list.at(-1),
    remember(list, 'session 99') === list,
    remember(list, undefined) === list,
  ]).toEqual([16, 'session 99', true, true])
})
