import { expect, test } from 'vitest'
import { begun, caughtUp, ended, found, owing, paid, renewed, signedIn } from '../../src/client/changes.ts'
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
const ann = signedIn(NOTHING, answer(0), 'header', 1000)
const attempted = (kept: Kept): Kept => begun(kept, () => 'attempt')

test('a sign-in starts anew, and the session before is over and still to be told of', () => {
  const bob = signedIn(attempted(ann), answer(0, 'bob'), 'header', 2000)
  expect(bob).toMatchObject({ sessionId: 'bob', ended: ['ann'], owed: ['refresh 0'] })
  expect(bob.attempts).toEqual({ generation: 0, pending: null, previous: null })
  expect(bob.version).toBeGreaterThan(ann.version)
})

test('in cookie mode no token is kept, and a sign-in leaves nothing owed: the cookies are the new session’s', () => {
  const kept = signedIn(owing(ann, ''), answer(0, 'bob'), 'cookie', 2000)
  expect(kept).toMatchObject({ accessToken: null, refreshToken: null, owed: [], ended: ['ann'] })
})

test('an attempt is kept until it has made a generation', () => {
  const first = attempted(ann)
  expect(begun(first, () => 'another')).toBe(first)
  const repeated = renewed(first, 0, answer(0), 'header', 2000)
  expect(repeated).toMatchObject({ accessToken: 'access 0', attempts: { generation: 0, pending: 'attempt' } })
  expect(renewed(repeated, 0, answer(1), 'header', 3000)).toMatchObject({
    accessToken: 'access 1', refreshToken: 'refresh 1', receivedAt: 3000, attempts: { generation: 1, pending: null, previous: 'attempt' },
  })
})

test('a cookie that is ahead of the record shows that the pending attempt has made its generation', () => {
  const lost = attempted(ann)
  expect(caughtUp(lost, { sessionId: 'ann', generation: 1 }).attempts).toEqual({ generation: 1, pending: null, previous: 'attempt' })
  for (const marker of [null, { sessionId: 'ann', generation: 0 }, { sessionId: 'bob', generation: 5 }]) expect(caughtUp(lost, marker)).toBe(lost)
})

test('an answer that comes after a later one, or for another session, changes nothing', () => {
  const later = renewed(attempted(ann), 0, answer(2), 'header', 2000)
  expect(renewed(later, 0, answer(1), 'header', 3000)).toBe(later)
  const out = ended(later, 'ann', 'session_signed_out', null, 3000)
  expect(renewed(out, 2, answer(3), 'header', 4000)).toBe(out)
})

test('what is over keeps its reason and no token', () => {
  const out = ended(ann, 'ann', 'session_idle', 'refresh 0', 2000)
  expect(out).toMatchObject({ sessionId: null, reason: 'session_idle', ended: ['ann'], owed: ['refresh 0'] })
  expect([out.accessToken, out.refreshToken]).toEqual([null, null])
  expect(paid(out, 'refresh 0').owed).toEqual([])
})

test('the end of a session leaves the one that took its place alone', () => {
  const bob = signedIn(ann, answer(0, 'bob'), 'header', 2000)
  const after = ended(bob, 'ann', 'session_signed_out', null, 3000)
  expect(after).toMatchObject({ sessionId: 'bob', accessToken: 'access 0', version: bob.version })
})

test('a session found by its cookie begins with that cookie’s generation', () => {
  expect(found(attempted(ann), { sessionId: 'bob', generation: 7 })).toMatchObject({
    sessionId: 'bob', ended: ['ann'], attempts: { generation: 7, pending: null, previous: null },
  })
})

test('versions grow even where the clock is set back', () => {
  const later = renewed(ann, 0, answer(1), 'header', -1e9)
  expect(later.version).toBe(ann.version + 1)
})

test('lists stay short', () => {
  let kept = ann
  for (let index = 0; index < 100; index++) kept = ended(owing(kept, `token ${index}`), `session ${index}`, 'x', null, index)
  expect([kept.ended.length, kept.owed.length, kept.ended.at(-1)]).toEqual([16, 16, 'session 99'])
})
