import { expect, test } from 'vitest'
import { createAuthCore } from '../../../src/core/auth.ts'
import type { Store } from '../../../src/core/store.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { HOUR, SECOND, SECRET, setUp, tokensIn, turn, under } from './setup.ts'

/** A store of which some methods throw while `down` is set. */
function unreliable(
  store: Store,
  methods: ReadonlyArray<keyof Store>,
  state: { down: boolean },
): Store {
  const failing =
    (method: keyof Store) =>
    (...values: never[]) => {
      if (state.down) throw new Error('the store is down')
      return (store[method] as (...values: never[]) => unknown)(...values)
    }
  return { ...store, ...Object.fromEntries(methods.map((method) => [method, failing(method)])) }
}

test.each([[['read']], [['rotate']], [['read', 'rotate', 'extend', 'end']]] as Array<
  [Array<keyof Store>]
>)(
  'store fails at %s: the refresh is refused with 503, and nothing has changed',
  async (methods) => {
    const state = { down: false }
    const { auth, clock, store, eventsOfType, events } = setUp(
      unreliable(memoryStore(), methods, state),
    )
    const { refreshToken, sessionId } = await auth.signIn('ada')
    clock.now += HOUR
    const before = await store.read(sessionId)
    state.down = true
    expect(await auth.refresh(refreshToken, under('one'))).toMatchObject({
      ok: false,
      code: 'temporarily_unavailable',
      status: 503,
    })
    expect(events.at(-1)).toMatchObject({
      type: 'store-failed',
      cause: new Error('the store is down'),
    })
    state.down = false
    expect(await store.read(sessionId)).toEqual(before)
    expect(await auth.refresh(refreshToken, under('one'))).toMatchObject({
      ok: true,
      how: 'rotated',
    })
    expect(eventsOfType('refreshed')).toHaveLength(1)
  },
)

test('a reuse that cannot be written: refused with 503, detected at the next request', async () => {
  const state = { down: false }
  const { auth, clock, eventsOfType } = setUp(unreliable(memoryStore(), ['end'], state))
  const { refreshToken } = await auth.signIn('ada')
  clock.now += HOUR
  tokensIn(await auth.refresh(refreshToken, under('one')))
  clock.now += HOUR
  state.down = true
  expect(await auth.refresh(refreshToken, under('thief'))).toMatchObject({
    ok: false,
    code: 'temporarily_unavailable',
  })
  expect(eventsOfType('reused')).toEqual([])
  state.down = false
  expect(await auth.refresh(refreshToken, under('thief'))).toMatchObject({
    ok: false,
    code: 'refresh_token_reused',
  })
})

test('store down: access tokens are accepted for ten seconds, then refused with 503', async () => {
  const state = { down: false }
  const { auth, clock } = setUp(unreliable(memoryStore(), ['read', 'endedSince'], state))
  const { accessToken } = await auth.signIn('ada')
  expect(await auth.checkToken(accessToken)).toMatchObject({ ok: true })
  await turn()
  state.down = true
  for (let second = 1; second < 10; second++) {
    clock.now += SECOND
    expect(await auth.checkToken(accessToken)).toMatchObject({ ok: true })
    await turn()
  }
  clock.now += SECOND
  expect(await auth.checkToken(accessToken)).toMatchObject({
    ok: false,
    code: 'temporarily_unavailable',
    status: 503,
  })
  state.down = false
  expect(await auth.checkToken(accessToken)).toMatchObject({ ok: true })
})

test('a process that has never reached the store accepts no token', async () => {
  const working = memoryStore()
  const { accessToken } = await setUp(working).auth.signIn('ada')
  const { auth } = setUp(unreliable(working, ['read', 'endedSince'], { down: true }))
  expect(await auth.checkToken(accessToken)).toMatchObject({
    ok: false,
    code: 'temporarily_unavailable',
  })
})

test('signIn and signOut reject if the store fails, and emit no event', async () => {
  const state = { down: false }
  const { auth, events } = setUp(unreliable(memoryStore(), ['create', 'end', 'endAll'], state))
  const { sessionId } = await auth.signIn('ada')
  state.down = true
  const methods = [auth.signIn('ada'), auth.signOut(sessionId), auth.signOutEverywhere('ada')]
  for (const method of methods) await expect(method).rejects.toThrow('the store is down')
  expect(events.map(({ type }) => type)).toEqual(['signed-in'])
})

test('without a store, the session methods reject', async () => {
  const auth = createAuthCore({ secret: SECRET })
  const methods = [
    () => auth.signIn('ada'),
    () => auth.refresh('x'),
    () => auth.signOut('x'),
    () => auth.signOutEverywhere('ada'),
    () => auth.sessions('ada'),
    () => auth.explain('x'),
  ]
  for (const method of methods) await expect(method()).rejects.toThrow(TypeError)
  for (const method of methods)
    await expect(method()).rejects.toThrow(/sessions need the option "store"/)
})
