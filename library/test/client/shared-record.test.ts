/** The record that the tabs share: every change of it is a pure function. */
import { expect, test } from 'vitest'
import { attemptHeader, withAttempt } from '../../src/client/internal/refresh-attempts.ts'
import {
  EMPTY_RECORD,
  remember,
  withCookie,
  withoutSession,
  withSession,
  type SharedRecord,
  type Tokens,
} from '../../src/client/internal/shared-record.ts'
import type { CookieValue } from '../../src/client/internal/session-cookie.ts'
import { reconcile } from '../../src/client/internal/session.ts'
import { bearerTransport, cookieTransport } from '../../src/client/internal/transports.ts'
import type { TokenResponse } from '../../src/protocol.ts'

const response = (generation: number, session = 'ann'): TokenResponse => ({
  access_token: `access ${generation}`,
  refresh_token: `refresh ${generation}`,
  expires_in: 300,
  refresh_expires_in: 1e6,
  session_id: session,
  generation,
})
const tokensOf = (body: TokenResponse, receivedAt: number): Tokens => {
  const { session_id: sessionId, generation, expires_in: expiresIn } = body
  return { ...bearerTransport.readTokens(body), sessionId, generation, expiresIn, receivedAt }
}
const signIn = (record: SharedRecord, body: TokenResponse, signOut?: string) =>
  withSession(record, tokensOf(body, 1000), record.generation, signOut)
const refresh = (record: SharedRecord, begunAt: number, body: TokenResponse) =>
  withSession(record, tokensOf(body, 3000), begunAt)
const ann = signIn(EMPTY_RECORD, response(0))
const attempted = (record: SharedRecord): SharedRecord => withAttempt(record, () => 'attempt')

test('sign-in: resets the record and ends the previous session', () => {
  const bob = signIn(attempted(ann), response(0, 'bob'), 'refresh 0')
  expect(bob).toMatchObject({
    sessionId: 'bob',
    endedSessions: ['ann'],
    pendingSignOuts: ['refresh 0'],
    receivedAt: 1000,
  })
  expect(bob).toMatchObject({ generation: 0, pending: null, previous: null })
  expect(bob.reason).toBeUndefined()
  expect(signIn(ann, response(0), 'refresh 0')).toMatchObject({
    endedSessions: [],
    pendingSignOuts: [],
  })
  expect(signIn(bob, response(0, 'cis'))).toMatchObject({
    endedSessions: ['ann', 'bob'],
    pendingSignOuts: ['refresh 0'],
  })
})

test('cookie mode: no token is stored, even if a response contains one', () => {
  expect(cookieTransport.readTokens(response(0))).toEqual({ access: 'ann', refresh: 'ann' })
})

test('header mode: a response without both tokens has none', () => {
  const { access_token: _, ...withoutAccess } = response(0)
  expect([
    bearerTransport.readTokens(withoutAccess),
    bearerTransport.readTokens({ ...response(0), refresh_token: '' }),
  ]).toEqual([undefined, undefined])
})

test('attempt: stays pending until it has made a generation', () => {
  const first = attempted(ann)
  expect(attempted(first)).toBe(first)
  expect(attemptHeader(first)).toBe('attempt')
  const repeated = refresh(first, 0, response(0))
  expect(repeated).toMatchObject({ access: 'access 0', generation: 0, pending: 'attempt' })
  const next = refresh(repeated, 0, response(1))
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

test('attempt: a session cookie ahead of the record shows that it has made its generation', () => {
  const lost = attempted(ann)
  expect(withCookie(lost, { sessionId: 'ann', generation: 1 })).toMatchObject({
    generation: 1,
    pending: null,
    previous: 'attempt',
  })
  expect(withCookie(lost, { sessionId: 'ann', generation: 0 })).toBe(lost)
})

test('refresh: a response that arrives after a later one changes nothing', () => {
  const later = refresh(attempted(ann), 0, response(2))
  expect(refresh(later, 0, response(1))).toBe(later)
})

test('refresh: a lower generation counts if the server lost its last writes', () => {
  const later = refresh(attempted(ann), 0, response(5))
  expect(refresh(attempted(later), 5, response(4))).toMatchObject({
    generation: 4,
    pending: null,
    previous: 'attempt',
    receivedAt: 3000,
  })
})

test('reconcile: the session is that of a visible cookie unless it ended, or of the record', () => {
  const of = (record: SharedRecord, seen?: CookieValue, ...ended: string[]) =>
    reconcile({ ...cookieTransport, record, endedSessions: new Set(ended) }, seen)
  const cookie = { sessionId: 'ann', generation: 5 }
  expect(of(ann, undefined)).toBe(ann)
  expect(of(ann, cookie)).toMatchObject({ sessionId: 'ann', generation: 5 })
  expect(of(ann, { ...cookie, generation: 0 })).toMatchObject({
    sessionId: 'ann',
    generation: 0,
  })
  expect(of(ann, { sessionId: 'bob', generation: 2 })).toMatchObject({
    sessionId: 'bob',
    generation: 2,
  })
  const none = { sessionId: undefined, generation: Number.NaN }
  expect(of(ann, none)).toEqual({ ...EMPTY_RECORD, reason: 'token_missing' })
  expect(of(ann, { sessionId: 'bob', generation: 9 }, 'bob')).toBe(ann)
  expect(of(ann, { sessionId: 'bob', generation: 9 }, 'ann', 'bob')).toEqual(EMPTY_RECORD)
  const signedOut = withoutSession(ann, 'ann', 'session_idle')
  expect(of(signedOut, { sessionId: 'ann', generation: 9 }, 'ann')).toEqual({
    ...EMPTY_RECORD,
    reason: 'session_idle',
  })
  expect(of(ann, undefined, 'ann')).toEqual(EMPTY_RECORD)
  expect(of(EMPTY_RECORD, none)).toEqual(EMPTY_RECORD)
})

test('end: the record keeps the reason and no token', () => {
  const signedOut = withoutSession(ann, 'ann', 'session_idle', 'refresh 0')
  expect(signedOut).toEqual({
    ...EMPTY_RECORD,
    reason: 'session_idle',
    endedSessions: ['ann'],
    pendingSignOuts: ['refresh 0'],
  })
})

test('end: the session that replaced the ended one is not affected', () => {
  const bob = signIn(ann, response(0, 'bob'))
  expect(withoutSession(bob, 'ann', 'session_signed_out')).toEqual(bob)
})

test('session cookie: another session starts at its generation, unless it has ended here', () => {
  const found = withCookie(attempted(ann), { sessionId: 'bob', generation: 7 })
  expect(found).toMatchObject({
    sessionId: 'bob',
    endedSessions: ['ann'],
    generation: 7,
    pending: null,
    previous: null,
    access: 'bob',
    refresh: 'bob',
    receivedAt: 0,
  })
  expect(withCookie(found, { sessionId: 'ann', generation: 9 })).toBe(found)
})

test('lists: cut to 16 items, without duplicates', () => {
  let list: string[] = []
  for (let index = 0; index < 100; index++) list = remember(list, `session ${index}`)
  expect([
    list.length,
    list.at(-1),
    remember(list, 'session 99') === list,
    remember(list, undefined) === list,
  ]).toEqual([16, 'session 99', true, true])
})
