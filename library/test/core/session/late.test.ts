import { describe, expect, test } from 'vitest'
import { SleepDetector } from '../../../src/core/session/process-sleep.ts'
import type { Store } from '../../../src/core/store.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { MINUTE, SECOND, setUp, tokensIn, turn, under } from './setup.ts'

/** Two processes with one store and one clock. The first one waits in `claims`, or for the store. */
function setUpStuck({ store: slowStore, ...options }: Parameters<typeof setUp>[1] = {}) {
  const store = memoryStore()
  const clock = { now: Date.UTC(2026, 0, 1) }
  let resume = (): void => {}
  const waits = new Promise<void>((resolve) => (resume = resolve))
  const stuck = setUp(
    slowStore ?? store,
    { claims: async () => waits.then(() => ({})), ...options },
    clock,
  )
  return { store, clock, stuck, other: setUp(store, {}, clock), resume, waits }
}

describe.each([
  ['without attempts', undefined, undefined],
  ['with attempts', under('one'), under('two', 'one')],
])('a client %s gave up and went on at another process', (_name, first, second) => {
  test('a request that waited in a callback ends no session', async () => {
    const { clock, stuck, other, resume } = setUpStuck()
    const signedIn = await other.auth.signIn('ada')
    clock.now += MINUTE
    const late = stuck.auth.refresh(signedIn.refreshToken, first)
    await turn()
    clock.now += 6 * SECOND
    const tokens = tokensIn(await other.auth.refresh(signedIn.refreshToken, first))
    await other.auth.checkToken(tokens.accessToken)
    await turn()
    clock.now += MINUTE
    const newest = tokensIn(await other.auth.refresh(tokens.refreshToken, second))
    clock.now += MINUTE
    resume()
    expect(await late).toMatchObject({ ok: false, code: 'temporarily_unavailable', status: 503 })
    expect(stuck.eventsOfType('late')).toMatchObject([{ sessionId: signedIn.sessionId }])
    expect(stuck.eventsOfType('reused')).toEqual([])
    expect(await other.auth.refresh(newest.refreshToken, second)).toMatchObject({ ok: true })
  })

  test('a request that waited for the store ends no session', async () => {
    const { store, clock, other, resume, waits } = setUpStuck()
    const slow: Store = {
      ...store,
      read: async (id) => {
        await waits
        return store.read(id)
      },
    }
    const stuck = setUp(slow, {}, clock)
    const signedIn = await other.auth.signIn('ada')
    clock.now += MINUTE
    const late = stuck.auth.refresh(signedIn.refreshToken, first)
    for (let times = 0, token = signedIn.refreshToken; times < 2; times++) {
      const tokens = tokensIn(await other.auth.refresh(token, times === 0 ? first : second))
      token = tokens.refreshToken
      clock.now += MINUTE
    }
    resume()
    expect(await late).toMatchObject({ ok: false, status: 503 })
    expect(await store.read(signedIn.sessionId)).toMatchObject({ end: null, generation: 2 })
  })
})

test('a request that waited before it was passed on ends no session', async () => {
  const { auth, clock, eventsOfType } = setUp()
  const { refreshToken } = await auth.signIn('ada')
  clock.now += MINUTE
  const arrivedAt = clock.now
  const { accessToken, refreshToken: next } = tokensIn(await auth.refresh(refreshToken))
  await auth.checkToken(accessToken)
  await turn()
  clock.now += MINUTE
  expect(await auth.refresh(refreshToken, { arrivedAt })).toMatchObject({ ok: false, status: 503 })
  expect(await auth.refresh(next)).toMatchObject({ ok: true })
  expect(eventsOfType('reused')).toEqual([])
  expect(await auth.refresh(refreshToken)).toMatchObject({ code: 'refresh_token_reused' })
})

test('a request that waited less than a quarter of the grace is decided as usual', async () => {
  const { auth, clock } = setUp()
  const { refreshToken } = await auth.signIn('ada')
  for (let times = 0, token = refreshToken; times < 2; times++) {
    clock.now += MINUTE
    token = tokensIn(await auth.refresh(token, under(`attempt ${times}`))).refreshToken
  }
  clock.now += MINUTE
  expect(await auth.refresh(refreshToken, { arrivedAt: clock.now - 7 * SECOND })).toMatchObject({
    code: 'refresh_token_reused',
  })
})

test('a late request whose session has ended is refused for that reason', async () => {
  const { auth, clock } = setUp()
  const { refreshToken, sessionId } = await auth.signIn('ada')
  await auth.signOut(sessionId)
  expect(await auth.refresh(refreshToken, { arrivedAt: clock.now - MINUTE })).toMatchObject({
    code: 'session_signed_out',
  })
})

describe('a process that slept', () => {
  const setUpDetector = () => {
    const time = { wall: 1_000_000, monotonic: 0 }
    const detector = new SleepDetector({ wall: () => time.wall, monotonic: () => time.monotonic })
    const pass = (seconds: number, both = true): void => {
      time.wall += seconds * SECOND
      if (both) time.monotonic += seconds * SECOND
    }
    const run = (seconds: number): void => {
      for (let times = 0; times < seconds; times++) {
        pass(1)
        detector.beat()
      }
    }
    detector.beat()
    return { detector, pass, run }
  }

  test.each([
    ['was stopped', true],
    ['was on a machine that was suspended, where the monotonic clock stood still', false],
  ])('it %s: noticed at once, and until as much time has passed', (_name, both) => {
    const { detector, pass, run } = setUpDetector()
    run(5)
    expect(detector.sleptFor(7500)).toBe(false)
    pass(40, both)
    expect(detector.sleptFor(7500)).toBe(true)
    run(7)
    expect(detector.sleptFor(7500)).toBe(true)
    run(1)
    expect(detector.sleptFor(7500)).toBe(false)
  })

  test('a busy moment is no sleep, and does not hide one', () => {
    const { detector, pass, run } = setUpDetector()
    pass(3)
    expect(detector.sleptFor(7500)).toBe(false)
    run(10)
    pass(40)
    detector.beat()
    pass(3)
    expect(detector.sleptFor(7500)).toBe(true)
    run(10)
    expect(detector.sleptFor(7500)).toBe(false)
  })

  test('without a timer nothing is known', () => {
    const time = { wall: 0, monotonic: 0 }
    const detector = new SleepDetector({ wall: () => time.wall, monotonic: () => time.monotonic })
    time.wall += MINUTE
    expect(detector.sleptFor(7500)).toBe(false)
  })
})
