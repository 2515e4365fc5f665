import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createAuthCore } from '../../../src/core/auth.ts'
import { settingsOf } from '../../../src/core/settings-of-auth.ts'
import { encodeRefreshToken, decodeRefreshToken } from '../../../src/core/session/refresh-token.ts'
import type { Store } from '../../../src/core/store.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { HOUR, MINUTE, SECRET, setUp, sqliteFile, tokensIn, turn, under } from './setup.ts'

/** A store that counts the calls of each method. */
function counting(store: Store): { store: Store; calls: string[] } {
  const calls: string[] = []
  const counted =
    (method: keyof Store) =>
    (...values: never[]) => (
      calls.push(method),
      (store[method] as (...values: never[]) => unknown)(...values)
    )
  const methods = Object.keys(store) as Array<keyof Store>
  return {
    store: Object.fromEntries(
      methods.map((method) => [method, counted(method)]),
    ) as unknown as Store,
    calls,
  }
}

async function signedIn() {
  const { store, calls } = counting(memoryStore())
  const { auth } = setUp(store)
  const tokens = await auth.signIn('ada')
  await turn()
  calls.length = 0
  return { auth, calls, ...tokens }
}

test('a refresh token with any bit flipped never reaches the store', async () => {
  const { auth, calls, refreshToken } = await signedIn()
  const bytes = Buffer.from(refreshToken, 'base64url')
  expect(bytes).toHaveLength(57)
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    expect(await auth.refresh(changed.toString('base64url'))).toMatchObject({
      ok: false,
      code: 'token_invalid',
      status: 401,
    })
  }
  expect(calls).toEqual([])
})

test('a refresh token of another length, spelling or form never reaches the store', async () => {
  const { auth, calls, refreshToken } = await signedIn()
  const malformed = [
    '',
    'a',
    refreshToken.slice(1),
    refreshToken.slice(0, -1),
    `${refreshToken}A`,
    `${refreshToken}=`,
    ` ${refreshToken.slice(1)}`,
    `${refreshToken}\n`,
    refreshToken.slice(0, 75) + '+',
    refreshToken.replaceAll('-', '+').replaceAll('_', '/') + '==',
    'A'.repeat(76),
    '\u{1f511}'.repeat(38),
    'a.b.c',
  ]
  for (const text of malformed)
    expect(await auth.refresh(text)).toMatchObject({ ok: false, code: 'token_invalid' })
  expect(calls).toEqual([])
})

test('a refresh token of another secret never reaches the store', async () => {
  const { auth, calls } = await signedIn()
  const other = createAuthCore({
    secret: 'another secret of more than thirty-two bytes',
    store: memoryStore(),
  })
  const { refreshToken, accessToken } = await other.signIn('ada')
  expect(await auth.refresh(refreshToken)).toMatchObject({ ok: false, code: 'token_invalid' })
  expect(await auth.checkToken(accessToken)).toMatchObject({ ok: false, code: 'token_invalid' })
  expect(calls).toEqual([])
})

test('access and refresh tokens are not interchangeable', async () => {
  const { auth, calls, refreshToken, accessToken } = await signedIn()
  expect(await auth.refresh(accessToken)).toMatchObject({ ok: false, code: 'token_type_invalid' })
  expect(await auth.checkToken(refreshToken)).toMatchObject({
    ok: false,
    code: 'token_type_invalid',
  })
  expect(calls).toEqual([])
})

test('tokens of a previous secret are accepted, and their successors use the new one', async () => {
  const store = memoryStore()
  const before = setUp(store)
  const { refreshToken } = await before.auth.signIn('ada')
  const after = setUp(
    store,
    { secret: ['a newer secret of more than thirty-two bytes', SECRET] },
    before.clock,
  )
  before.clock.now += HOUR
  const successor = tokensIn(await after.auth.refresh(refreshToken, under('one'))).refreshToken
  expect(await before.auth.refresh(successor)).toMatchObject({ ok: false, code: 'token_invalid' })
  before.clock.now += HOUR
  expect(await after.auth.refresh(successor, under('two', 'one'))).toMatchObject({ ok: true })
})

test('a refresh token is short and deterministic', () => {
  const { refreshKeys } = settingsOf(createAuthCore({ secret: SECRET }))
  const token = encodeRefreshToken(refreshKeys[0]!, 'abcdefghijklmnopqrstuA', 2 ** 32 - 1)
  expect(token).toHaveLength(76)
  expect(encodeRefreshToken(refreshKeys[0]!, 'abcdefghijklmnopqrstuA', 2 ** 32 - 1)).toBe(token)
  expect(decodeRefreshToken(refreshKeys, token)).toEqual({
    sessionId: 'abcdefghijklmnopqrstuA',
    generation: 2 ** 32 - 1,
  })
})

test('a copy of the database contains no credential', async () => {
  using file = sqliteFile()
  const store = file.connect()
  const { auth, clock, events } = setUp(store)
  const first = await auth.signIn('ada', { device: { userAgent: 'a browser' } })
  clock.now += MINUTE
  const second = tokensIn(await auth.refresh(first.refreshToken, under('attempt-of-128-bits-01')))
  clock.now += MINUTE
  const third = tokensIn(
    await auth.refresh(
      second.refreshToken,
      under('attempt-of-128-bits-02', 'attempt-of-128-bits-01'),
    ),
  )
  clock.now += MINUTE

  const row = (await store.read(first.sessionId))!
  const listed = [(await auth.sessions('ada')).sessions, await auth.explain(first.sessionId)]
  const dump =
    ['', '-wal'].map((suffix) => readFileSync(file.path + suffix, 'latin1')).join('') +
    JSON.stringify([row, listed, events])
  const secrets = [first, second, third].flatMap(({ accessToken, refreshToken }) => [
    accessToken,
    refreshToken,
    refreshToken.slice(-43),
  ])
  for (const secret of [...secrets, SECRET, 'attempt-of-128-bits-01', 'attempt-of-128-bits-02'])
    expect(dump.includes(secret)).toBe(false)
  expect(dump.includes('a browser'), 'the dump has the rows').toBe(true)

  // No column is accepted as a token, or as the attempt that made the current generation.
  for (const value of Object.values(row).map(String)) {
    expect(await auth.refresh(value)).toMatchObject({ ok: false, code: 'token_invalid' })
    expect(await auth.checkToken(value)).toMatchObject({ ok: false, code: 'token_invalid' })
  }
  expect(await auth.refresh(second.refreshToken, under(row.attempt!))).toMatchObject({
    ok: false,
    code: 'refresh_token_reused',
  })
})

test('a session list contains no credential, and its ids end sessions', async () => {
  const { auth } = setUp()
  const { sessionId, accessToken } = await auth.signIn('ada', {
    device: { userAgent: 'a browser', address: '192.0.2.1' },
  })
  const [listed] = (await auth.sessions('ada')).sessions
  expect(Object.keys(listed!).toSorted()).toEqual([
    'claims',
    'createdAt',
    'device',
    'end',
    'endsAt',
    'generation',
    'id',
    'identity',
    'idleEndsAt',
    'issuedAt',
    'rotates',
  ])
  expect(listed).toMatchObject({
    id: sessionId,
    end: null,
    device: { userAgent: 'a browser', address: '192.0.2.1' },
  })
  await auth.signOut(listed!.id)
  expect(await auth.checkToken(accessToken)).toMatchObject({
    ok: false,
    code: 'session_signed_out',
  })
  expect((await auth.sessions('ada')).sessions).toMatchObject([{ end: { reason: 'signed-out' } }])
})
