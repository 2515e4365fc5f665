import { expect, test } from 'vitest'
import { memoryStore } from '../../../src/stores/memory.ts'
import { HOUR, MINUTE, setUp, tokensIn, turn, under, type Setup } from './setup.ts'

/** A store that collects the arguments of `markUsed`, one entry for each call. */
function recordingStore() {
  const store = memoryStore()
  const calls: Array<ReadonlyArray<{ sessionId: string; generation: number }>> = []
  return {
    calls,
    store: {
      ...store,
      markUsed: (generations: (typeof calls)[number]) => (
        calls.push(generations),
        store.markUsed(generations)
      ),
    },
  }
}

/** A session that was refreshed once, without an attempt. */
async function refreshed({ auth, clock }: Setup, identity = 'ada') {
  const first = await auth.signIn(identity)
  clock.now += HOUR
  return { first, ...tokensIn(await auth.refresh(first.refreshToken)) }
}

test('a generation without an attempt is recorded as used once', async () => {
  const { store, calls } = recordingStore()
  const setup = setUp(store)
  const { accessToken, sessionId } = await refreshed(setup)
  expect(await setup.auth.checkToken(accessToken)).toMatchObject({ ok: true, claims: { gen: 1 } })
  expect(calls).toEqual([])
  await turn()
  for (let request = 0; request < 5; request++)
    expect(await setup.auth.checkToken(accessToken)).toMatchObject({ ok: true })
  await turn()
  expect(calls).toEqual([[{ sessionId, generation: 1 }]])
  expect(await store.read(sessionId)).toMatchObject({ used: true })
})

test('many generations are recorded in one write', async () => {
  const { store, calls } = recordingStore()
  const { auth, clock } = setUp(store)
  const signedIn = await Promise.all(
    ['ada', 'bob', 'eve'].map(async (identity) => auth.signIn(identity)),
  )
  clock.now += HOUR
  const [ada, bob, eve] = await Promise.all(
    signedIn.map(async ({ refreshToken }) => tokensIn(await auth.refresh(refreshToken))),
  )
  await auth.checkToken(eve!.accessToken)
  await turn()
  for (const { accessToken } of [ada!, bob!, eve!]) await auth.checkToken(accessToken)
  await turn()
  const expected = [[eve!], [ada!, bob!]].map((group) =>
    group.map(({ sessionId }) => ({ sessionId, generation: 1 })),
  )
  expect(calls).toEqual(expected)
})

test('generations of a sign-in or with an attempt are not recorded', async () => {
  const { store, calls } = recordingStore()
  const { auth, clock } = setUp(store)
  const first = await auth.signIn('ada')
  const checks = [await auth.checkToken(first.accessToken)]
  clock.now += HOUR
  const second = tokensIn(await auth.refresh(first.refreshToken, under('one')))
  checks.push(await auth.checkToken(second.accessToken))
  await turn()
  for (const checked of checks) {
    expect(checked).toMatchObject({ ok: true, claims: { sid: first.sessionId } })
    expect(checked).not.toHaveProperty('claims.gen')
  }
  expect(calls).toEqual([])
})

test('a refused access token does not record its generation', async () => {
  const { store, calls } = recordingStore()
  const setup = setUp(store)
  const { accessToken, sessionId } = await refreshed(setup)
  expect(await setup.auth.checkToken(accessToken, { fresh: true })).toMatchObject({
    ok: false,
    code: 'fresh_required',
  })
  await setup.auth.signOut(sessionId)
  expect(await setup.auth.checkToken(accessToken)).toMatchObject({
    ok: false,
    code: 'session_signed_out',
  })
  await turn()
  expect(calls).toEqual([])
})

test('without attempts, a lost response is repeated until the successor is used', async () => {
  const setup = setUp()
  const { auth, clock } = setup
  const { first } = await refreshed(setup)
  clock.now += HOUR
  const { accessToken } = tokensIn(await auth.refresh(first.refreshToken))
  expect(await auth.checkToken(accessToken)).toMatchObject({ ok: true, claims: { gen: 1 } })
  await turn()
  clock.now += MINUTE
  expect(await auth.refresh(first.refreshToken)).toMatchObject({
    ok: false,
    code: 'refresh_token_reused',
  })
})

test('an older access token does not record the generation after it', async () => {
  const setup = setUp()
  const { auth, clock, store } = setup
  const { accessToken, refreshToken, sessionId } = await refreshed(setup)
  clock.now += MINUTE
  tokensIn(await auth.refresh(refreshToken))
  expect(await auth.checkToken(accessToken)).toMatchObject({ ok: true, claims: { gen: 1 } })
  await turn()
  expect(await store.read(sessionId)).toMatchObject({ generation: 2, used: false })
})

test('a store that fails to record it does not affect the request', async () => {
  const failing = {
    ...memoryStore(),
    markUsed: () => {
      throw new Error('the store is down')
    },
  }
  const setup = setUp(failing)
  const { accessToken } = await refreshed(setup)
  expect(await setup.auth.checkToken(accessToken)).toMatchObject({ ok: true })
  await turn()
  expect(setup.events.at(-1)).toMatchObject({ type: 'store-failed' })
  expect(await setup.auth.checkToken(accessToken)).toMatchObject({ ok: true })
})
