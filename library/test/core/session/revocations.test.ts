import { describe, expect, test } from 'vitest'
import type { RevocationListener, Store } from '../../../src/core/store.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { newId } from '../../../src/testing/store-cases/case.ts'
import { HOUR, MINUTE, SECOND, setUp, turn, type Setup } from './setup.ts'

/**
 * A store as another process sees it. The test sends its notifications; its reads are counted.
 */
function farAway(store: Store): {
  store: Store
  listener: RevocationListener
  calls: { endedSince: number[]; read: number }
} {
  const calls = { endedSince: [] as number[], read: 0 }
  const far: { listener?: RevocationListener } = {}
  return {
    calls,
    get listener() {
      return far.listener!
    },
    store: {
      ...store,
      subscribe: (listener) => ((far.listener = listener), () => delete far.listener),
      endedSince: (at) => (calls.endedSince.push(at), store.endedSince(at)),
      read: (id) => (calls.read++, store.read(id)),
    },
  }
}

function twoProcesses(options: Parameters<typeof setUp>[1] = {}) {
  const shared = memoryStore()
  const clock = { now: Date.UTC(2026, 10, 23, 12) }
  const far = farAway(shared)
  return {
    here: setUp(shared, options, clock),
    there: setUp(far.store, options, clock),
    far,
    clock,
    shared,
  }
}

const ENDED = { ok: false, code: 'session_signed_out' }

/** Checks a token, and waits for the work that was started in the background. */
async function request({ auth }: Setup, token: string) {
  const checked = auth.checkToken(token)
  await turn()
  return checked
}

describe('a store with notifications', () => {
  test('an end elsewhere is known when notified; the lag is measured', async () => {
    const { here, there, far, clock } = twoProcesses()
    const { sessionId, accessToken } = await here.auth.signIn('ada')
    far.listener.connected()
    await turn()
    await here.auth.signOut(sessionId)
    const at = clock.now
    clock.now += 7
    expect(there.auth.checkToken(accessToken)).toMatchObject({ ok: true })
    far.listener.ended({ sessionId, at })
    expect(await there.auth.checkToken(accessToken)).toMatchObject(ENDED)
    expect(far.calls.endedSince).toHaveLength(1)
    expect(there.auth.metrics().revocations).toMatchObject({
      pushed: true,
      stale: false,
      remembered: 1,
      lag: { last: 7, max: 7, p99: 7, count: 1, sum: 7 },
    })
  })

  test('polled every five seconds with notifications, twice a second without', async () => {
    const { here, there, far, clock } = twoProcesses()
    const { accessToken } = await here.auth.signIn('ada')
    far.listener.connected()
    await turn()
    const countIn = async (seconds: number) => {
      const before = far.calls.endedSince.length
      for (let i = 0; i < seconds * 10; i++) {
        clock.now += 100
        for (let requests = 0; requests < 5; requests++)
          expect(there.auth.checkToken(accessToken)).toMatchObject({ ok: true })
        await turn()
      }
      return far.calls.endedSince.length - before
    }
    expect(await countIn(60)).toBe(12)
    far.listener.disconnected()
    await turn()
    expect(await countIn(60)).toBe(120)
    expect(far.calls.read).toBe(0)
  })

  test('lost notifications: the store is polled at once, which finds the ends missed', async () => {
    const { here, there, far, clock } = twoProcesses()
    const { sessionId, accessToken } = await here.auth.signIn('ada')
    far.listener.connected()
    await turn()
    clock.now += 2 * SECOND
    far.listener.disconnected()
    await turn()
    expect(far.calls.endedSince).toHaveLength(2)
    await here.auth.signOut(sessionId)
    clock.now += SECOND
    expect(await there.auth.checkToken(accessToken)).toMatchObject(ENDED)
    expect(there.auth.metrics().revocations).toMatchObject({ pushed: false, lag: { last: SECOND } })
  })

  test('restored notifications: a poll finds the ends missed, without a request', async () => {
    const { here, there, far, clock } = twoProcesses()
    const { sessionId, accessToken } = await here.auth.signIn('ada')
    far.listener.connected()
    await turn()
    far.listener.disconnected()
    await turn()
    await here.auth.signOut(sessionId)
    clock.now += 500
    far.listener.connected()
    await turn()
    expect(await there.auth.checkToken(accessToken)).toMatchObject(ENDED)
  })

  test('notifications restored during a poll: another poll follows', async () => {
    const shared = memoryStore()
    const far = farAway(shared)
    const releases: Array<() => void> = []
    // The first poll has read, but its result is delayed.
    const slow: Store = {
      ...far.store,
      endedSince: async (at) => {
        const rows = await shared.endedSince(at)
        if (releases.length === 0) await new Promise<void>((resolve) => releases.push(resolve))
        return rows
      },
    }
    const there = setUp(slow)
    const { sessionId, accessToken } = await setUp(shared).auth.signIn('ada')
    far.listener.disconnected()
    await turn()
    await shared.end(sessionId, { at: there.clock.now, reason: 'signed-out', details: null })
    far.listener.connected()
    releases[0]!()
    await turn()
    expect(await there.auth.checkToken(accessToken)).toMatchObject(ENDED)
  })

  test('an end that was not notified is found by the next poll', async () => {
    const { here, there, far, clock } = twoProcesses()
    const { sessionId, accessToken } = await here.auth.signIn('ada')
    far.listener.connected()
    await turn()
    await here.auth.signOut(sessionId)
    clock.now += 5 * SECOND
    await request(there, accessToken)
    expect(await there.auth.checkToken(accessToken)).toMatchObject(ENDED)
  })
})

test.each([1000, 1400, 1999, 2000, 9999])(
  'without notifications, the first request %i ms after an end obeys it',
  async (pause) => {
    const { here, there, clock } = twoProcesses()
    const { sessionId, accessToken } = await here.auth.signIn('ada')
    await request(there, accessToken)
    await here.auth.signOut(sessionId)
    clock.now += pause
    expect(await there.auth.checkToken(accessToken)).toMatchObject(ENDED)
  },
)

test('after a pause, a check waits for the poll; a failed poll does not refuse it', async () => {
  const state = { down: false }
  const shared = memoryStore()
  const far = farAway(shared)
  const clock = { now: Date.UTC(2026, 10, 23, 12) }
  const failing: Store = {
    ...far.store,
    endedSince: (at) => {
      if (state.down) throw new Error('the store is down')
      return far.store.endedSince(at)
    },
  }
  const [here, there] = [setUp(shared, {}, clock), setUp(failing, {}, clock)]
  const [ended, live] = [await here.auth.signIn('ada'), await here.auth.signIn('ada')]
  await request(there, ended.accessToken)
  await here.auth.signOut(ended.sessionId)
  clock.now += 3 * SECOND
  const both = [there.auth.checkToken(ended.accessToken), there.auth.checkToken(live.accessToken)]
  expect(await both[0]).toMatchObject(ENDED)
  expect(await both[1]).toMatchObject({ ok: true })
  const { read } = far.calls
  state.down = true
  for (const seconds of [3, 3, 3]) {
    clock.now += seconds * SECOND
    expect(await there.auth.checkToken(live.accessToken)).toMatchObject({ ok: true })
  }
  expect(far.calls.read).toBe(read)
})

describe('clock skew', () => {
  test('an end by a process whose clock is a minute behind is found', async () => {
    const { here, there, clock, shared } = twoProcesses()
    const { sessionId, accessToken } = await here.auth.signIn('ada')
    await request(there, accessToken)
    for (let seconds = 0; seconds < 120; seconds++) {
      clock.now += SECOND
      await request(there, accessToken)
    }
    await shared.end(sessionId, {
      at: clock.now - 59 * SECOND,
      reason: 'signed-out',
      details: null,
    })
    clock.now += SECOND
    await request(there, accessToken)
    expect(await there.auth.checkToken(accessToken)).toMatchObject(ENDED)
  })

  test('an end is remembered until a token from a clock a minute ahead has expired', async () => {
    const shared = memoryStore()
    const clock = { now: Date.UTC(2026, 10, 23, 12) }
    const [there, ahead] = [
      setUp(shared, { randomBytes: (count) => new Uint8Array(count) }, clock),
      { now: clock.now + 59 * SECOND },
    ]
    const { sessionId, accessToken, expiresIn } = await setUp(
      shared,
      { randomBytes: (count) => new Uint8Array(count) },
      ahead,
    ).auth.signIn('ada')
    expect(expiresIn).toBe(300)
    await there.auth.signOut(sessionId)
    for (let passed = 0; passed < 358; passed += 2) {
      expect(await request(there, accessToken)).toMatchObject(ENDED)
      clock.now += 2 * SECOND
    }
  })

  /** A sign-in by a machine whose clock is an hour ahead, and two processes whose clocks are right. */
  async function hourAhead() {
    const { here, there, far, clock, shared } = twoProcesses()
    const early = { now: clock.now + HOUR }
    const ahead = setUp(shared, { randomBytes: (count) => new Uint8Array(count) }, early)
    return { here, there, far, clock, early, ahead, tokens: await ahead.auth.signIn('ada') }
  }

  test('a token from a clock an hour ahead is accepted, and its session is read', async () => {
    const { here, there, far, tokens } = await hourAhead()
    expect(await there.auth.checkToken(tokens.accessToken)).toMatchObject({ ok: true })
    await here.auth.signOut(tokens.sessionId)
    expect(await there.auth.checkToken(tokens.accessToken)).toMatchObject(ENDED)
    expect(far.calls.read).toBeGreaterThan(0)
  })

  test.each(['signOut', 'signOutEverywhere', 'reuse'] as const)(
    'its session is ended by %s: it is refused until it has expired, also if first seen then',
    async (how) => {
      const { here, there, clock, early, ahead, tokens } = await hourAhead()
      if (how === 'signOut') await here.auth.signOut(tokens.sessionId)
      else if (how === 'signOutEverywhere') await here.auth.signOutEverywhere('ada')
      else {
        early.now += MINUTE
        const next = await ahead.auth.refresh(tokens.refreshToken)
        early.now += MINUTE
        expect(next.ok && (await ahead.auth.refresh(next.tokens.refreshToken)).ok).toBe(true)
        expect((await here.auth.refresh(tokens.refreshToken)).ok).toBe(false)
      }
      const idle = setUp(there.store, {}, { now: clock.now })
      for (; clock.now < Date.UTC(2026, 10, 23, 13, 5); clock.now += 2 * SECOND) {
        await there.auth.checkToken('x')
        if (clock.now >= Date.UTC(2026, 10, 23, 13))
          expect(await request(there, tokens.accessToken)).toMatchObject({ ok: false })
        // Another process polls, and sees the token only at the end.
        idle.clock.now = clock.now
        await request(idle, 'x')
      }
      idle.clock.now = clock.now - 2 * SECOND
      expect(await idle.auth.checkToken(tokens.accessToken)).toMatchObject({ ok: false })
    },
  )

  test('while such tokens are in use, every check reads the store', async () => {
    const { here, there, far, clock, tokens } = await hourAhead()
    await request(there, tokens.accessToken)
    const other = await here.auth.signIn('bob')
    const before = far.calls.read
    expect(await request(there, other.accessToken)).toMatchObject({ ok: true })
    expect(far.calls.read).toBe(before + 1)
    clock.now += HOUR + 10 * MINUTE
    const { accessToken } = await here.auth.signIn('bob')
    await request(there, accessToken)
    const after = far.calls.read
    expect(await request(there, accessToken)).toMatchObject({ ok: true })
    expect(far.calls.read).toBe(after)
  })

  test('with leeway an end is remembered for as long as its tokens are accepted', async () => {
    const { here, there, clock } = twoProcesses({
      leeway: 600,
      randomBytes: (count) => new Uint8Array(count),
    })
    const { sessionId, accessToken } = await here.auth.signIn('ada')
    expect(await request(there, accessToken)).toMatchObject({ ok: true })
    await here.auth.signOut(sessionId)
    for (let passed = 0; passed < 900; passed += 2) {
      clock.now += 2 * SECOND
      if (passed > 0) expect(await request(there, accessToken)).toMatchObject({ ok: false })
    }
  })

  test('a token older than the retention is checked in the store', async () => {
    const { there, far, clock, shared } = twoProcesses()
    const { sessionId, accessToken } = await setUp(
      shared,
      { accessLifetime: 3600 },
      clock,
    ).auth.signIn('ada')
    await shared.end(sessionId, { at: clock.now, reason: 'signed-out', details: null })
    clock.now += 20 * MINUTE
    await there.auth.signIn('bob')
    const before = far.calls.read
    await request(there, accessToken)
    expect(await there.auth.checkToken(accessToken)).toMatchObject(ENDED)
    expect(far.calls.read).toBeGreaterThan(before)
  })
})

describe('retention', () => {
  test('ended sessions are forgotten once all their tokens have expired', async () => {
    const { auth, clock } = setUp()
    for (let minute = 0; minute < 60; minute++) {
      for (let i = 0; i < 10; i++) await auth.signOut((await auth.signIn('ada')).sessionId)
      clock.now += MINUTE
      expect(auth.metrics().revocations.remembered).toBeLessThanOrEqual(70)
    }
    clock.now += HOUR
    await auth.checkToken((await auth.signIn('bob')).accessToken)
    await turn()
    expect(auth.metrics().revocations.remembered).toBe(0)
  })

  test('with more than a million ends, other sessions are read from the store', async () => {
    const { here, there, far, clock } = twoProcesses()
    const [{ accessToken }, ended] = [await here.auth.signIn('ada'), await here.auth.signIn('bob')]
    far.listener.connected()
    await turn()
    for (let i = 0; i < 1_000_000; i++) far.listener.ended({ sessionId: String(i), at: clock.now })
    expect(there.auth.checkToken(accessToken)).toMatchObject({ ok: true })
    await here.auth.signOut(ended.sessionId)
    far.listener.ended({ sessionId: ended.sessionId, at: clock.now })
    expect(there.auth.metrics().revocations).toMatchObject({ remembered: 1_000_000, stale: true })
    expect(await there.auth.checkToken(ended.accessToken)).toMatchObject(ENDED)
    expect(await there.auth.checkToken(accessToken)).toMatchObject({ ok: true })
    expect(far.calls.read).toBe(3)
  })

  test('an end that is notified repeatedly counts once', async () => {
    const { there, far, clock } = twoProcesses()
    const sessionId = newId()
    for (let i = 0; i < 5; i++) far.listener.ended({ sessionId, at: clock.now })
    expect(there.auth.metrics().revocations).toMatchObject({ remembered: 1, lag: { count: 1 } })
  })
})

test('a poll that never finishes is abandoned after ten seconds', async () => {
  const shared = memoryStore()
  const far = farAway(shared)
  let hanging = true
  const there = setUp({
    ...far.store,
    endedSince: (at) => (hanging ? new Promise<never>(() => {}) : shared.endedSince(at)),
  })
  const { accessToken } = await setUp(shared).auth.signIn('ada')
  expect(await request(there, accessToken)).toMatchObject({ ok: true })
  hanging = false
  there.clock.now += 9 * SECOND
  await request(there, accessToken)
  expect(there.auth.metrics().revocations.stale).toBe(true)
  there.clock.now += SECOND
  await request(there, accessToken)
  expect(there.auth.metrics().revocations.stale).toBe(false)
})

test('a check is synchronous after a poll, and reads the store after close', async () => {
  const { here, there, far } = twoProcesses()
  const { sessionId, accessToken } = await here.auth.signIn('ada')
  expect(there.auth.metrics().revocations).toEqual({
    lag: null,
    age: null,
    stale: false,
    pushed: false,
    remembered: 0,
    storeReads: 0,
  })
  expect(there.auth.checkToken(accessToken)).toBeInstanceOf(Promise)
  await turn()
  expect(there.auth.checkToken(accessToken)).toMatchObject({ ok: true })
  there.auth.close()
  expect(far.listener).toBeUndefined()
  expect(await request(there, accessToken)).toMatchObject({ ok: true })
  await here.auth.signOut(sessionId)
  expect(await there.auth.checkToken(accessToken)).toMatchObject(ENDED)
  expect(far.calls.endedSince).toHaveLength(1)
})

test('metrics: an idle process is not stale; one whose poll fails or hangs is', async () => {
  const shared = memoryStore()
  const far = farAway(shared)
  let poll: 'works' | 'fails' | 'hangs' = 'works'
  const there = setUp({
    ...far.store,
    endedSince(at) {
      if (poll === 'hangs') return new Promise<never>(() => {})
      if (poll === 'fails') throw new Error('the store is down')
      return shared.endedSince(at)
    },
  })
  const isStale = () => there.auth.metrics().revocations.stale
  const { accessToken } = await setUp(shared).auth.signIn('ada')
  await request(there, accessToken)
  there.clock.now += 60 * SECOND
  expect(isStale()).toBe(false)
  for (const failing of ['fails', 'hangs'] as const) {
    poll = failing
    await request(there, accessToken)
    there.clock.now += 2 * SECOND
    expect([failing, isStale()]).toEqual([failing, true])
    poll = 'works'
    there.clock.now += 20 * SECOND
    await request(there, accessToken)
    expect([failing, isStale()]).toEqual([failing, false])
    there.clock.now += 60 * SECOND
  }
})
