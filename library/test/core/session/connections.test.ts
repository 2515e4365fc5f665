import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CloseReason } from '../../../src/core/session/connections.ts'
import type { Store } from '../../../src/core/store.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { DAY, MINUTE, SECOND, setUp, STORES, tokensIn, under, type Setup } from './setup.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

/** Advances the clock and the timers. */
async function advance({ clock }: Setup, milliseconds: number): Promise<void> {
  const end = clock.now + milliseconds
  while (clock.now < end) {
    const step = Math.min(SECOND, end - clock.now)
    clock.now += step
    await vi.advanceTimersByTimeAsync(step)
  }
}

/** A session with a bound connection. `closed` collects the reasons for which it was closed. */
async function connected({ auth }: Setup, options?: { onlyWhileRenewed: boolean }) {
  const tokens = await auth.signIn('ada')
  const closed: CloseReason[] = []
  const bind = async () =>
    auth.bindConnection(
      await openerOf(auth, tokens.accessToken),
      (reason) => closed.push(reason),
      options,
    )
  return { ...tokens, closed, bind, binding: await bind() }
}

async function openerOf(auth: Setup['auth'], token: string) {
  const checked = await auth.checkToken(token)
  if (!checked.ok) throw new Error(checked.code)
  return { sessionId: checked.claims.sid!, claims: checked.claims }
}

describe.each(STORES)('connections (%s store)', (_name, open) => {
  test('close at a sign-out in this process; others stay open', async () => {
    using stores = open()
    const setup = setUp(stores.first)
    const [ada, other] = [await connected(setup), await connected(setup)]
    await ada.bind()
    await setup.auth.signOut(ada.sessionId)
    expect([ada.closed, other.closed]).toEqual([['ended', 'ended'], []])
    await setup.auth.signOutEverywhere('ada')
    expect([ada.closed, other.closed]).toEqual([['ended', 'ended'], ['ended']])
    expect(setup.auth.metrics().connections).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('close when a reused token ends their session', async () => {
    using stores = open()
    const setup = setUp(stores.first)
    const { refreshToken, closed } = await connected(setup)
    setup.clock.now += MINUTE
    const next = tokensIn(await setup.auth.refresh(refreshToken, under('one')))
    setup.clock.now += MINUTE
    tokensIn(await setup.auth.refresh(next.refreshToken, under('two', 'one')))
    expect(closed).toEqual([])
    await setup.auth.refresh(refreshToken, under('thief'))
    expect(closed).toEqual(['ended'])
  })

  test('close within two seconds of an end in another process, without any request', async () => {
    using stores = open()
    const clock = { now: Date.UTC(2026, 10, 23, 12) }
    const [here, there] = [setUp(stores.first, {}, clock), setUp(stores.second, {}, clock)]
    const { sessionId, closed } = await connected(here)
    await advance(here, 5 * SECOND)
    await there.auth.signOut(sessionId)
    await advance(here, 2 * SECOND)
    expect(closed).toEqual(['ended'])
  })

  test('stay open as long as their session; close at its idle and absolute end', async () => {
    using stores = open()
    const setup = setUp(stores.first, { idleLifetime: 1200, absoluteLifetime: 1800 })
    const { refreshToken, closed } = await connected(setup)
    await advance(setup, 19 * MINUTE)
    expect(closed).toEqual([])
    tokensIn(await setup.auth.refresh(refreshToken, under('one')))
    await advance(setup, 10 * MINUTE)
    expect(closed).toEqual([])
    await advance(setup, MINUTE + SECOND)
    expect(closed).toEqual(['ended'])
    const idle = await connected(setup)
    await advance(setup, 20 * MINUTE - SECOND)
    expect(idle.closed).toEqual([])
    await advance(setup, 2 * SECOND)
    expect(idle.closed).toEqual(['ended'])
  })
})

describe('onlyWhileRenewed', () => {
  test('closes when the access token expires', async () => {
    const setup = setUp()
    const { closed, expiresIn } = await connected(setup, { onlyWhileRenewed: true })
    await advance(setup, (expiresIn - 1) * SECOND)
    expect(closed).toEqual([])
    await advance(setup, 20 * SECOND)
    expect(closed).toEqual(['not-renewed'])
  })

  test('stays open after a refresh of the session, without any message', async () => {
    const setup = setUp()
    let { refreshToken, closed } = await connected(setup, { onlyWhileRenewed: true })
    for (let count = 0; count < 5; count++) {
      await advance(setup, 4 * MINUTE)
      ;({ refreshToken } = tokensIn(
        await setup.auth.refresh(refreshToken, under(`attempt ${count + 1}`, `attempt ${count}`)),
      ))
    }
    expect(closed).toEqual([])
    await advance(setup, 5 * MINUTE + SECOND)
    expect(closed).toEqual(['not-renewed'])
  })

  test('stays open after a valid token or ticket of the same session', async () => {
    const setup = setUp()
    const { auth } = setup
    const [ada, bob] = [
      await connected(setup, { onlyWhileRenewed: true }),
      await auth.signIn('bob'),
    ]
    await advance(setup, 4 * MINUTE)
    const { accessToken } = tokensIn(await auth.refresh(ada.refreshToken, under('one')))
    expect(await ada.binding.renew(bob.accessToken)).toMatchObject({
      ok: false,
      code: 'token_invalid',
    })
    expect(await ada.binding.renew(auth.createTicket(bob.sessionId).ticket)).toMatchObject({
      ok: false,
      code: 'token_invalid',
    })
    expect(await ada.binding.renew('a.b.c')).toMatchObject({ ok: false, code: 'token_invalid' })
    expect(await ada.binding.renew('')).toMatchObject({ ok: false, code: 'token_missing' })
    expect(await ada.binding.renew(accessToken)).toMatchObject({ ok: true, claims: { sub: 'ada' } })
    const { ticket } = auth.createTicket(ada.sessionId, { audience: '/live' })
    expect(await ada.binding.renew(ticket)).toMatchObject({ ok: false, code: 'ticket_invalid' })
    expect(await ada.binding.renew(ticket, { audience: '/live' })).toMatchObject({ ok: true })
    expect(await ada.binding.renew(ticket, { audience: '/live' })).toMatchObject({
      ok: false,
      code: 'ticket_invalid',
    })
    await advance(setup, 4 * MINUTE)
    expect(ada.closed).toEqual([])
  })
})

test('a session that ended before the binding closes it at once', async () => {
  const setup = setUp()
  const tokens = await setup.auth.signIn('ada')
  const opener = await openerOf(setup.auth, tokens.accessToken)
  await setup.auth.signOut(tokens.sessionId)
  const closed: CloseReason[] = []
  setup.auth.bindConnection(opener, (reason) => closed.push(reason))
  expect(closed).toEqual(['ended'])
})

/** A store whose `read` throws while `down` is set. */
function unreliable(store: Store, state: { down: boolean }): Store {
  const failing =
    <Values extends unknown[], T>(method: (...values: Values) => T) =>
    (...values: Values): T => {
      if (state.down) throw new Error('the store is down')
      return method(...values)
    }
  return { ...store, read: failing(store.read), endedSince: failing(store.endedSince) }
}

test('while the store is away, connections stay open for ten seconds and then close', async () => {
  const state = { down: false }
  const setup = setUp(unreliable(memoryStore(), state))
  const { closed } = await connected(setup)
  await advance(setup, MINUTE)
  state.down = true
  await advance(setup, 6 * SECOND)
  state.down = false
  await advance(setup, MINUTE)
  expect(closed).toEqual([])
  state.down = true
  await advance(setup, 16 * SECOND)
  expect(closed).toEqual(['unknown'])
})

test('a session that cannot be read is read again', async () => {
  const state = { down: false }
  const setup = setUp(unreliable(memoryStore(), state), { idleLifetime: 600 })
  const { closed } = await connected(setup)
  await advance(setup, 10 * MINUTE - 3 * SECOND)
  state.down = true
  await advance(setup, 4 * SECOND)
  expect(closed).toEqual([])
  state.down = false
  await advance(setup, 2 * SECOND)
  expect(closed).toEqual(['ended'])
})

test('after a suspend, the store is polled before connections close', async () => {
  const setup = setUp()
  const { closed, sessionId } = await connected(setup)
  await advance(setup, MINUTE)
  setup.clock.now += DAY
  await advance(setup, 5 * SECOND)
  expect(closed).toEqual([])
  await setup.auth.signOut(sessionId)
  expect(closed).toEqual(['ended'])
})

test('a released connection leaves nothing behind, not even a timer', async () => {
  const setup = setUp()
  const { binding, bind, closed, sessionId } = await connected(setup)
  const other = await bind()
  expect([setup.auth.metrics().connections, vi.getTimerCount()]).toEqual([2, 1])
  for (let times = 0; times < 2; times++) binding.release()
  expect([setup.auth.metrics().connections, vi.getTimerCount()]).toEqual([1, 1])
  other.release()
  expect([setup.auth.metrics().connections, vi.getTimerCount()]).toEqual([0, 0])
  await setup.auth.signOut(sessionId)
  expect(closed).toEqual([])
})

test('the 101st connection of a session closes the oldest', async () => {
  const setup = setUp()
  const { bind, closed, accessToken } = await connected(setup)
  const newest: CloseReason[] = []
  for (let count = 1; count < 100; count++) await bind()
  expect(closed).toEqual([])
  setup.auth.bindConnection(await openerOf(setup.auth, accessToken), (reason) =>
    newest.push(reason),
  )
  expect([closed, newest]).toEqual([['crowded'], []])
  expect(setup.auth.metrics().connections).toBe(100)
})

test('a close function that throws does not keep other connections open', async () => {
  const setup = setUp()
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const { accessToken, sessionId } = await setup.auth.signIn('ada')
  const opener = await openerOf(setup.auth, accessToken)
  const closed: CloseReason[] = []
  setup.auth.bindConnection(opener, () => {
    throw new Error('the socket is gone')
  })
  setup.auth.bindConnection(opener, async () => Promise.reject(new Error('it is gone later')))
  setup.auth.bindConnection(opener, (reason) => closed.push(reason))
  expect(await setup.auth.signOut(sessionId)).toBe(true)
  expect(closed).toEqual(['ended'])
  await Promise.resolve()
  expect(warnings.mock.calls.map(([text]) => text)).toEqual([
    'the function passed to bindConnection threw: the socket is gone',
    'the function passed to bindConnection threw: it is gone later',
  ])
  warnings.mockRestore()
})

test('after close, there are no connections and no timer', async () => {
  const setup = setUp()
  const { closed, sessionId } = await connected(setup)
  setup.auth.close()
  expect([setup.auth.metrics().connections, vi.getTimerCount()]).toEqual([0, 0])
  await setup.auth.signOut(sessionId)
  expect(closed).toEqual([])
})

test('bindConnection refuses owners without a session, and non-functions', async () => {
  const { auth } = setUp()
  const claims = { iat: 1, exp: 2 }
  expect(() => auth.bindConnection({ sessionId: null, claims }, () => {})).toThrow(
    'bindConnection needs an owner with a session, such as a result of authenticate',
  )
  expect(() =>
    auth.bindConnection({ sessionId: 'AAAAAAAAAAAAAAAAAAAAAA', claims }, 'close' as never),
  ).toThrow('bindConnection takes a function that closes the connection')
})
