/** The store has carried out a write, but its answer is lost. */
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Store } from '../../../src/core/store.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { HOUR, MINUTE, setUp, tokensIn, turn, under } from './setup.ts'

type Write = 'create' | 'rotate' | 'end' | 'endAll'

/**
 * A store whose answers to writes are lost while `state.lost` is set. With `state.late` the write
 * happens when `carryOut` is called; with `state.away` it cannot be read either.
 */
function losing() {
  const store = memoryStore()
  const state = { lost: false, late: false, away: false }
  let carryOut = () => {}
  const lose =
    (method: Write) =>
    async (...values: never[]) => {
      const write = () => (store[method] as (...values: never[]) => unknown)(...values)
      if (!state.lost) return write()
      if (state.late) carryOut = () => void write()
      else await write()
      throw new Error('no answer')
    }
  const losing = Object.fromEntries(
    (['create', 'rotate', 'end', 'endAll'] as const).map((method) => [method, lose(method)]),
  )
  const read: Store['read'] = async (id) => {
    if (state.away) throw new Error('away')
    return store.read(id)
  }
  return { store: { ...store, ...losing, read } as Store, state, carryOut: () => carryOut() }
}

/** Replays a replaced refresh token while the answer to the end is lost. */
async function replay(state: { lost: boolean }, setup: ReturnType<typeof setUp>) {
  const { auth, clock } = setup
  const { refreshToken } = await auth.signIn('ada')
  clock.now += HOUR
  tokensIn(await auth.refresh(refreshToken, under('one')))
  clock.now += HOUR
  state.lost = true
  const refused = await auth.refresh(refreshToken, under('thief'))
  expect(refused).toMatchObject({ code: 'temporarily_unavailable' })
  state.lost = false
  return refreshToken
}

test('a theft whose end was written, answer lost: told once; a retry is refused', async () => {
  const { store, state } = losing()
  const setup = setUp(store)
  const refreshToken = await replay(state, setup)
  await turn()
  const retried = await setup.auth.refresh(refreshToken, under('thief'))
  expect(retried).toMatchObject({ code: 'refresh_token_reused' })
  expect(setup.eventsOfType('reused')).toMatchObject([{ identity: 'ada', reason: 'reused' }])
})

test('a theft whose end is written later, by a store that was away: told once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { store, state, carryOut } = losing()
  const setup = setUp(store)
  state.late = true
  await replay(state, setup)
  state.away = true
  await vi.advanceTimersByTimeAsync(10_000)
  state.away = false
  await vi.advanceTimersByTimeAsync(10_000)
  expect(setup.eventsOfType('reused')).toEqual([])
  carryOut()
  await vi.advanceTimersByTimeAsync(MINUTE)
  expect(setup.eventsOfType('reused')).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(HOUR)
  expect(setup.eventsOfType('reused')).toHaveLength(1)
  expect(vi.getTimerCount()).toBe(0)
})

test('a theft whose end was not written: told once, by the retry that ends it', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { store, state } = losing()
  const setup = setUp(store)
  state.late = true
  const refreshToken = await replay(state, setup)
  setup.clock.now += 1000
  const retried = await setup.auth.refresh(refreshToken, under('thief'))
  expect(retried).toMatchObject({ code: 'refresh_token_reused' })
  await vi.advanceTimersByTimeAsync(HOUR)
  expect(setup.eventsOfType('reused')).toHaveLength(1)
})

test('sign-in, refresh and sign-outs whose answers were lost are told once each', async () => {
  const { store, state } = losing()
  const { auth, clock, events, eventsOfType } = setUp(store)
  const { refreshToken, sessionId } = await auth.signIn('ada')
  const [second, third] = [await auth.signIn('ada'), await auth.signIn('ada')]
  const kept = await auth.signIn('ada')
  events.length = 0
  clock.now += HOUR
  state.lost = true
  await expect(auth.signIn('eve')).rejects.toThrow('no answer')
  expect(await auth.refresh(refreshToken, under('one'))).toMatchObject({ ok: false })
  await expect(auth.signOut(sessionId)).rejects.toThrow('no answer')
  const everywhere = auth.signOutEverywhere('ada', { except: kept.sessionId })
  await expect(everywhere).rejects.toThrow('no answer')
  state.lost = false
  await turn()
  expect(eventsOfType('signed-in')).toMatchObject([{ identity: 'eve' }])
  expect(eventsOfType('refreshed')).toMatchObject([{ sessionId, generation: 1 }])
  expect(
    eventsOfType('signed-out')
      .map((event) => event.sessionId)
      .sort(),
  ).toEqual([sessionId, second.sessionId, third.sessionId].sort())
})
