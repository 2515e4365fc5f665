import { expect, test } from 'vitest'
import { attemptHeader, begin } from '../../src/client/attempts.ts'
import { bearerTransport } from '../../src/client/bearer-transport.ts'
import { caughtUp, ended, remember, renewed, signedIn } from '../../src/client/changes.ts'
import { cookieTransport } from '../../src/client/cookie-transport.ts'
import { NOTHING, type Kept } from '../../src/client/record.ts'
import type { TokenAnswer } from '../../src/protocol.ts'

const answer = (generation: number, session = 'ann'): TokenAnswer => ({
  access_token: `access ${generation}`,
  refresh_token: `refresh ${generation}`,
  expires_in: 300,
  refresh_expires_in: 1e6,
  session_id: session,
  generation,
})
const keysOf = (tokens: TokenAnswer) => bearerTransport.keys(tokens)!
const enter = (kept: Kept, tokens: TokenAnswer, owed?: string[], before?: string) => signedIn(kept, keysOf(tokens), tokens, 1000, owed, before)
const renew = (kept: Kept, begunAt: number, tokens: TokenAnswer) => renewed(kept, keysOf(tokens), tokens, 3000, begunAt)
const ann = enter(NOTHING, answer(0))
const attempted = (kept: Kept): Kept => begin(kept, () => 'attempt')

test('a sign-in starts anew, and the session before is over', () => {
  const bob = enter(attempted(ann), answer(0, 'bob'), ['refresh 0'])
  expect(bob).toMatchObject({ sessionId: 'bob', ended: ['ann'], owed: ['refresh 0'], receivedAt: 1000, reason: null })
  expect(bob).toMatchObject({ generation: 0, pending: null, previous: null })
  expect(enter(NOTHING, answer(0, 'bob'), [], 'ann').ended).toEqual(['ann'])
  expect(enter(ann, answer(0)).ended).toEqual([])
})

test('in cookie mode no token is kept, whatever an answer says', () => {
  expect(cookieTransport.keys(answer(0))).toEqual({ access: 'ann', refresh: 'ann' })
})

test('in header mode an answer without both tokens is none', () => {
  const { access_token: _, ...half } = answer(0)
  expect([bearerTransport.keys(half), bearerTransport.keys({ ...answer(0), refresh_token: '' })]).toEqual([undefined, undefined])
})

test('an attempt is kept until it has made a generation', () => {
  const first = attempted(ann)
  expect(attempted(first)).toBe(first)
  expect(attemptHeader(first)).toBe('attempt')
  const repeated = renew(first, 0, answer(0))
  expect(repeated).toMatchObject({ access: 'access 0', generation: 0, pending: 'attempt' })
  const next = renew(repeated, 0, answer(1))
  expect(next).toMatchObject({ access: 'access 1', refresh: 'refresh 1', receivedAt: 3000, generation: 1, pending: null, previous: 'attempt' })
  expect(attemptHeader(begin(next, () => 'another'))).toBe('another, attempt')
})

test('a cookie that is ahead of the record shows that the pending attempt has made its generation', () => {
  const lost = attempted(ann)
  expect(caughtUp(lost, { sessionId: 'ann', generation: 1 })).toMatchObject({ generation: 1, pending: null, previous: 'attempt' })
  expect(caughtUp(lost, { sessionId: 'ann', generation: 0 })).toBe(lost)
})

test('an answer that comes after a later one, or for another session, changes nothing', () => {
  const later = renew(attempted(ann), 0, answer(2))
  expect(renew(later, 0, answer(1))).toBe(later)
  const out = ended(later, 'ann', 'session_signed_out', null)
  expect(renew(out, 2, answer(3))).toBe(out)
})

test('what is over keeps its reason and no token', () => {
  const out = ended(ann, 'ann', 'session_idle', 'refresh 0')
  expect(out).toEqual({ ...NOTHING, reason: 'session_idle', ended: ['ann'], owed: ['refresh 0'] })
})

test('the end of a session leaves the one that took its place alone', () => {
  const bob = enter(ann, answer(0, 'bob'))
  expect(ended(bob, 'ann', 'session_signed_out', null)).toEqual(bob)
})

test('a session found by its cookie begins with that cookie’s generation, unless it was over here', () => {
  const found = caughtUp(attempted(ann), { sessionId: 'bob', generation: 7 })
  expect(found).toMatchObject({ sessionId: 'bob', ended: ['ann'], generation: 7, pending: null, previous: null, access: 'bob', refresh: 'bob', receivedAt: 0 })
  expect(caughtUp(found, { sessionId: 'ann', generation: 9 })).toBe(found)
})

test('lists stay short', () => {
  let list: string[] = []
  for (let index = 0; index < 100; index++) list = remember(list, `session ${index}`)
  expect([list.length, list.at(-1), remember(list, 'session 99') === list, remember(list, null) === list]).toEqual([16, 'session 99', true, true])
})
