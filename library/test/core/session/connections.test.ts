import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CloseReason } from '../../../src/core/session/connections.ts'
import type { Store } from '../../../src/core/store.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { DAY, MINUTE, SECOND, setUp, STORES, tokensIn, under, type Setup } from './setup.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

/** Time passes: on the clock, and for whatever ticks. */
async function pass({ clock }: Setup, milliseconds: number): Promise<void> {
  const end = clock.now + milliseconds
  while (clock.now < end) {
    const step = Math.min(SECOND, end - clock.now)
    clock.now += step
    await vi.advanceTimersByTimeAsync(step)
  }
}

/**
 * Somebody who signed in and has a connection; `closed` says why it was closed, each time that it
 * was.
 */
async function connected({ auth }: Setup, options?: { onlyWhileRenewed: boolean }) {
  const tokens = await auth.signIn('ada')
  const closed: CloseReason[] = []
  const bind = async () =>
    auth.bindConnection(
      await who(auth, tokens.accessToken),
      (reason) => closed.push(reason),
      options,
    )
  return { ...tokens, closed, bind, binding: await bind() }
}

async function who(auth: Setup['auth'], token: string) {
  const checked = await auth.checkToken(token)
  if (!checked.ok) throw new Error(checked.code)
  return { sessionId: checked.claims.sid!, claims: checked.claims }
}

describe.each(STORES)('connections, with the %s store', (_name, open) => {
  test('are closed at the moment that their session is signed out here; those of others stay', async () => {
    using stores = open()
    const setup = setUp(stores.one)
    const [ada, other] = [await connected(setup), await connected(setup)]
    await ada.bind()
    await setup.auth.signOut(ada.sessionId)
    expect([ada.closed, other.closed]).toEqual([['ended', 'ended'], []])
    await setup.auth.signOutEverywhere('ada')
    expect([ada.closed, other.closed]).toEqual([['ended', 'ended'], ['ended']])
    expect(setup.auth.metrics().connections).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('are closed when a thief ends their session', async () => {
    using stores = open()
    const setup = setUp(stores.one)
    const { refreshToken, closed } = await connected(setup)
    setup.clock.now += MINUTE
    const next = tokensIn(await setup.auth.refresh(refreshToken, under('one')))
    setup.clock.now += MINUTE
    tokensIn(await setup.auth.refresh(next.refreshToken, under('two', 'one')))
    expect(closed).toEqual([])
    await setup.auth.refresh(refreshToken, under('his'))
    expect(closed).toEqual(['ended'])
  })

  test('are closed within a second or two of an end elsewhere, though nobody asks this process for anything', async () => {
    using stores = open()
    const clock = { now: Date.UTC(2026, 10, 23, 12) }
    const [here, there] = [setUp(stores.one, {}, clock), setUp(stores.other, {}, clock)]
    const { sessionId, closed } = await connected(here)
    await pass(here, 5 * SECOND)
    await there.auth.signOut(sessionId)
    await pass(here, 2 * SECOND)
    expect(closed).toEqual(['ended'])
  })

  test('live as long as their session, however old the token was; and are closed at its idle end, and at its last', async () => {
    using stores = open()
    const setup = setUp(stores.one, { idleLifetime: 1200, absoluteLifetime: 1800 })
    const { refreshToken, closed } = await connected(setup)
    await pass(setup, 19 * MINUTE)
    expect(closed).toEqual([])
    tokensIn(await setup.auth.refresh(refreshToken, under('one')))
    await pass(setup, 10 * MINUTE)
    expect(closed).toEqual([])
    await pass(setup, MINUTE + SECOND)
    expect(closed).toEqual(['ended'])
    const idle = await connected(setup)
    await pass(setup, 20 * MINUTE - SECOND)
    expect(idle.closed).toEqual([])
    await pass(setup, 2 * SECOND)
    expect(idle.closed).toEqual(['ended'])
  })
})

describe('a connection that lives only while its session is renewed', () => {
  test('is closed when the access token is over', async () => {
    const setup = setUp()
    const { closed, expiresIn } = await connected(setup, { onlyWhileRenewed: true })
    await pass(setup, (expiresIn - 1) * SECOND)
    expect(closed).toEqual([])
    await pass(setup, 20 * SECOND)
    expect(closed).toEqual(['not-renewed'])
  })

  test('goes on with each refresh of the session, without a word from the client', async () => {
    const setup = setUp()
    let { refreshToken, closed } = await connected(setup, { onlyWhileRenewed: true })
    for (let count = 0; count < 5; count++) {
      await pass(setup, 4 * MINUTE)
      ;({ refreshToken } = tokensIn(
        await setup.auth.refresh(refreshToken, under(`attempt ${count + 1}`, `attempt ${count}`)),
      ))
    }
    expect(closed).toEqual([])
    await pass(setup, 5 * MINUTE + SECOND)
    expect(closed).toEqual(['not-renewed'])
  })

  test('goes on with a token or a ticket that is sent over it; of the same session, and only if it is good', async () => {
    const setup = setUp()
    const { auth } = setup
    const [ada, bob] = [
      await connected(setup, { onlyWhileRenewed: true }),
      await auth.signIn('bob'),
    ]
    await pass(setup, 4 * MINUTE)
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
    await pass(setup, 4 * MINUTE)
    expect(ada.closed).toEqual([])
  })
})

test('a session that ended between the check of the request and the binding: closed at once', async () => {
  const setup = setUp()
  const tokens = await setup.auth.signIn('ada')
  const opener = await who(setup.auth, tokens.accessToken)
  await setup.auth.signOut(tokens.sessionId)
  const closed: CloseReason[] = []
  setup.auth.bindConnection(opener, (reason) => closed.push(reason))
  expect(closed).toEqual(['ended'])
})

/** A store that fails to be read for as long as `down` says. */
function unreliable(store: Store, state: { down: boolean }): Store {
  const failing =
    <Values extends unknown[], T>(verb: (...values: Values) => T) =>
    (...values: Values): T => {
      if (state.down) throw new Error('the store is down')
      return verb(...values)
    }
  return { ...store, read: failing(store.read), endedSince: failing(store.endedSince) }
}

test('the store is away: connections stay for ten seconds, and are closed rather than trusted after them', async () => {
  const state = { down: false }
  const setup = setUp(unreliable(memoryStore(), state))
  const { closed } = await connected(setup)
  await pass(setup, MINUTE)
  state.down = true
  await pass(setup, 6 * SECOND)
  state.down = false
  await pass(setup, MINUTE)
  expect(closed).toEqual([])
  state.down = true
  await pass(setup, 16 * SECOND)
  expect(closed).toEqual(['unknown'])
})

test('a session whose end by time cannot be read is looked at again', async () => {
  const state = { down: false }
  const setup = setUp(unreliable(memoryStore(), state), { idleLifetime: 600 })
  const { closed } = await connected(setup)
  await pass(setup, 10 * MINUTE - 3 * SECOND)
  state.down = true
  await pass(setup, 4 * SECOND)
  expect(closed).toEqual([])
  state.down = false
  await pass(setup, 2 * SECOND)
  expect(closed).toEqual(['ended'])
})

test('a machine that has slept asks before it closes anything', async () => {
  const setup = setUp()
  const { closed, sessionId } = await connected(setup)
  await pass(setup, MINUTE)
  setup.clock.now += DAY
  await pass(setup, 5 * SECOND)
  expect(closed).toEqual([])
  await setup.auth.signOut(sessionId)
  expect(closed).toEqual(['ended'])
})

test('nothing is kept of a connection that has closed by itself, and nothing ticks without any', async () => {
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

test('a session has a hundred connections at most: the oldest goes', async () => {
  const setup = setUp()
  const { bind, closed, accessToken } = await connected(setup)
  const young: CloseReason[] = []
  for (let count = 1; count < 100; count++) await bind()
  expect(closed).toEqual([])
  setup.auth.bindConnection(await who(setup.auth, accessToken), (reason) => young.push(reason))
  expect([closed, young]).toEqual([['crowded'], []])
  expect(setup.auth.metrics().connections).toBe(100)
})

test('a function that throws while it closes keeps no other connection open', async () => {
  const setup = setUp()
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const { accessToken, sessionId } = await setup.auth.signIn('ada')
  const opener = await who(setup.auth, accessToken)
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
    'a function given to bindConnection threw: the socket is gone',
    'a function given to bindConnection threw: it is gone later',
  ])
  warnings.mockRestore()
})

test('after close nothing is kept, and nothing ticks', async () => {
  const setup = setUp()
  const { closed, sessionId } = await connected(setup)
  setup.auth.close()
  expect([setup.auth.metrics().connections, vi.getTimerCount()]).toEqual([0, 0])
  await setup.auth.signOut(sessionId)
  expect(closed).toEqual([])
})

test('only who has a session can have a connection, and only a function closes it', async () => {
  const { auth } = setUp()
  const claims = { iat: 1, exp: 2 }
  expect(() => auth.bindConnection({ sessionId: null, claims }, () => {})).toThrow(
    'bindConnection needs an owner with a session, such as a result of authenticate',
  )
  expect(() =>
    auth.bindConnection({ sessionId: 'AAAAAAAAAAAAAAAAAAAAAA', claims }, 'close' as never),
  ).toThrow('bindConnection takes a function that closes the connection')
})
