/** Mistakes of an application are errors of it (500), and not an outage of the store (503). */
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  createAuth,
  type AuthEvent,
  type AuthOptions,
  type SessionAuth,
  type Store,
} from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { sqliteStore } from 'latchkey/stores/sqlite'
import type { RoutesOptions } from '../../src/http/routes/index.ts'
import { handleRoute } from '../../src/http/routes/index.ts'
import { request } from './request.ts'

const secret = 'a secret of more than thirty-two bytes'
const tables = () => sqliteStore(new DatabaseSync(':memory:'))

/** Sends `POST /login`. */
async function logIn(auth: SessionAuth, options: RoutesOptions, mode = 'header') {
  const body = { username: 'ada', password: 'open sesame', mode }
  const headers = { 'sec-fetch-site': 'same-origin' }
  return handleRoute(auth, request({ method: 'POST', path: '/login', headers, body }), options)
}

test.each([
  ['undefined', undefined, 'it returned undefined'],
  ['a number', 42, 'it returned a number'],
  ['an empty text', '', 'it returned an empty string'],
  ['false', false, 'it returned a boolean'],
  ['a row', { id: 7, password: 'hash' }, 'it returned an object with the members id, password'],
  ['an identity that is a number', { identity: 7 }, 'an object with the members identity'],
])('signIn returns %s: a TypeError that names it, and the try is not counted', async (...row) => {
  const [, returned, message] = row
  const events: AuthEvent[] = []
  const onEvent = (event: AuthEvent) => void events.push(event)
  const auth = createAuth({ secret, store: memoryStore(), onEvent })
  for (let times = 0; times < 50; times++) {
    const reply = logIn(auth, { signIn: async () => returned as never })
    await expect(reply).rejects.toThrow(/"signIn" of routes must return the identity/)
    await expect(reply).rejects.toThrow(message)
  }
  expect(events).toHaveLength(50)
  expect(events[0]).toMatchObject({ type: 'callback-failed', name: 'signIn' })
  expect(await logIn(auth, { signIn: () => 'ada' })).toMatchObject({ status: 200 })
})

test('accountOf throws: its error is thrown', async () => {
  const auth = createAuth({ secret, store: memoryStore(), onEvent: () => {} })
  const accountOf = () => {
    throw new Error('no such table: users')
  }
  await expect(logIn(auth, { signIn: () => 'ada', accountOf })).rejects.toThrow('users')
})

test('too many claims for cookies: the sign-in throws, and says how many', async () => {
  const auth = createAuth({ secret, store: memoryStore() })
  const signIn = () => ({ identity: 'ada', claims: { roles: 'x'.repeat(3000) } })
  await expect(logIn(auth, { signIn }, 'cookie')).rejects.toThrow(/cookies would take \d+ bytes/)
})

test('tables that are missing: every request throws, and says what to call', async () => {
  const store = tables()
  const events: AuthEvent[] = []
  const auth = createAuth({ secret, store, onEvent: (event) => void events.push(event) })
  const { accessToken, refreshToken } = await createAuth({ secret, store: memoryStore() }).signIn(
    'ada',
  )
  const named = { name: 'LatchkeySetupError', message: expect.stringContaining('store.migrate()') }
  await expect(logIn(auth, { signIn: () => 'ada' })).rejects.toMatchObject(named)
  await expect(auth.refresh(refreshToken)).rejects.toMatchObject(named)
  const authorization = `Bearer ${accessToken}`
  const guarded = async () => auth.authenticate(request({ headers: { authorization } }))
  await expect(guarded()).rejects.toMatchObject(named)
  expect(events.every(({ type }) => type === 'store-failed')).toBe(true)
  store.migrate()
  expect(await logIn(auth, { signIn: () => 'ada' })).toMatchObject({ status: 200 })
})

test('a store that is away: 503 and no error, also at a sign-in', async () => {
  const events: AuthEvent[] = []
  const store: Store = { ...memoryStore(), create: () => Promise.reject(new Error('away')) }
  const auth = createAuth({ secret, store, onEvent: (event) => void events.push(event) })
  expect(await logIn(auth, { signIn: () => 'ada' })).toMatchObject({ status: 503 })
  expect(events).toMatchObject([{ type: 'store-failed', cause: new Error('away') }])
})

test.each(['takeTry', 'subscribe', 'claimOnce'] as const)(
  'a store without %s is refused at start',
  (method) => {
    const store = { ...memoryStore(), [method]: undefined } as never
    expect(() => createAuth({ secret, store })).toThrow(`lacks the method "${method}"`)
  },
)

test('throttle.signIn: a check that returns undefined has not said that it succeeded', async () => {
  const auth = createAuth({ secret, store: memoryStore() })
  const who = { account: 'ada', address: '192.0.2.1' }
  await expect(auth.throttle.signIn(who, () => undefined)).rejects.toThrow(/must return null/)
})

/** The warnings of the process while `use` runs. */
async function warningsOf(use: () => Promise<unknown>): Promise<string[]> {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warnings.mockRestore())
  await use()
  return warnings.mock.calls.map(([warning]) => String(warning))
}

/** Authenticates a valid token, twice. */
async function authenticateTwice(options: Partial<AuthOptions>) {
  const auth = createAuth({ secret, ...options })
  const token = createAuth({ secret }).createAccessToken('ada')
  const headers = { authorization: `Bearer ${token}` }
  for (let times = 0; times < 2; times++)
    await Promise.resolve()
      .then(() => auth.authenticate(request({ headers })))
      .catch(() => {})
}

test('without onEvent: the first failure of each kind is a warning', async () => {
  const failing: Store = {
    ...memoryStore(),
    endedSince: () => Promise.reject(new AggregateError([new Error('connect ECONNREFUSED ::1')])),
  }
  const warnings = await warningsOf(async () => {
    const throwError = () => {
      throw new Error('no such column: rights')
    }
    await authenticateTwice({ lookupUser: throwError })
    const auth = createAuth({ secret, store: failing })
    const { accessToken } = await auth.signIn('ada')
    for (let times = 0; times < 2; times++) {
      await auth.authenticate(request({ headers: { authorization: `Bearer ${accessToken}` } }))
      await auth.authenticate(request({ headers: { authorization: 'Bearer x' } }))
    }
    auth.close()
  })
  expect(warnings).toMatchObject([
    expect.stringMatching(/^"lookupUser" failed: no such column: rights\n/),
    expect.stringMatching(/^the store failed: .*connect ECONNREFUSED ::1.* 503 .*address/),
  ])
})

test('with onEvent there is no warning', async () => {
  const lookupUser = () => Promise.reject(new Error('down'))
  expect(
    await warningsOf(async () => authenticateTwice({ lookupUser, onEvent: () => {} })),
  ).toEqual([])
})
