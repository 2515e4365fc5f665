import { describe, expect, test } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND, setUp, STORES, tokensIn, turn, under } from './setup.ts'

describe.each(STORES)('ended sessions (%s store)', (_name, open) => {
  test('sign-out: refused at once in this process, with one event', async () => {
    using stores = open()
    const { auth, eventsOfType } = setUp(stores.first)
    const { sessionId, accessToken, refreshToken } = await auth.signIn('ada')
    expect(await auth.checkToken(accessToken)).toMatchObject({ ok: true })
    await turn()
    expect(await auth.signOut(sessionId)).toBe(true)
    expect(await auth.checkToken(accessToken)).toMatchObject({
      ok: false,
      code: 'session_signed_out',
    })
    expect(await auth.refresh(refreshToken, under('one'))).toMatchObject({
      ok: false,
      code: 'session_signed_out',
    })
    expect(await auth.signOut(sessionId)).toBe(false)
    expect(eventsOfType('signed-out')).toMatchObject([
      { sessionId, identity: 'ada', reason: 'signed-out' },
    ])
  })

  test('the end of a session records the device that requested it', async () => {
    using stores = open()
    const { auth, eventsOfType } = setUp(stores.first)
    const [first, second, third] = [
      await auth.signIn('ada'),
      await auth.signIn('ada'),
      await auth.signIn('ada'),
    ]
    const device = { userAgent: 'Firefox', address: '203.0.113.7' }
    await auth.signOut(first.sessionId, 'signed-out', device)
    await auth.signOutEverywhere('ada', { except: third.sessionId, device })
    await auth.signOut(third.sessionId)
    const ends = await Promise.all(
      [first, second, third].map(async ({ sessionId }) => (await auth.explain(sessionId))?.end),
    )
    expect(ends).toMatchObject([
      { reason: 'signed-out', details: { device } },
      { reason: 'signed-out-everywhere', details: { device } },
      { reason: 'signed-out', details: null },
    ])
    expect(eventsOfType('signed-out').map((event) => event.device)).toEqual([device, device, {}])
  })

  test('sign-out in another process: refused after the next poll', async () => {
    using stores = open()
    const [here, there] = [setUp(stores.first), setUp(stores.second)]
    const { sessionId, accessToken } = await here.auth.signIn('ada')
    expect(await there.auth.checkToken(accessToken)).toMatchObject({ ok: true })
    await turn()
    await here.auth.signOut(sessionId)
    // For up to a second a check may miss the end. The first one after that polls, the next one
    // knows.
    there.clock.now += SECOND
    await there.auth.checkToken(accessToken)
    await turn()
    expect(await there.auth.checkToken(accessToken)).toMatchObject({
      ok: false,
      code: 'session_signed_out',
    })
  })

  test('sign-out elsewhere, no requests for ten seconds: the next check waits', async () => {
    using stores = open()
    const [here, there] = [setUp(stores.first), setUp(stores.second)]
    const { sessionId, accessToken } = await here.auth.signIn('ada')
    expect(await there.auth.checkToken(accessToken)).toMatchObject({ ok: true })
    await turn()
    await here.auth.signOut(sessionId)
    there.clock.now += 10 * SECOND
    expect(await there.auth.checkToken(accessToken)).toMatchObject({
      ok: false,
      code: 'session_signed_out',
    })
  })

  test('sign-out elsewhere while this clock was ahead: found afterwards', async () => {
    using stores = open()
    const [here, there] = [setUp(stores.first), setUp(stores.second)]
    const { sessionId, accessToken } = await here.auth.signIn('ada')
    there.clock.now += 4 * MINUTE
    expect(await there.auth.checkToken(accessToken)).toMatchObject({ ok: true })
    await turn()
    await here.auth.signOut(sessionId)
    there.clock.now = here.clock.now += MINUTE
    expect(await there.auth.checkToken(accessToken)).toMatchObject({
      ok: false,
      code: 'session_signed_out',
    })
    await turn()
    there.clock.now += SECOND
    expect(await there.auth.checkToken(accessToken)).toMatchObject({
      ok: false,
      code: 'session_signed_out',
    })
  })

  test('an access token of an ended session is refused until it expires', async () => {
    using stores = open()
    const { auth, clock } = setUp(stores.first)
    const { sessionId, accessToken, expiresIn } = await auth.signIn('ada')
    await auth.signOut(sessionId)
    for (let passed = 0; passed < expiresIn; passed += 20) {
      expect(await auth.checkToken(accessToken)).toMatchObject({
        ok: false,
        code: 'session_signed_out',
      })
      await turn()
      clock.now += 20 * SECOND
    }
    clock.now += 20 * SECOND
    expect(await auth.checkToken(accessToken)).toMatchObject({ ok: false, code: 'token_expired' })
  })

  test('sign-out everywhere ends every session except the current one', async () => {
    using stores = open()
    const { auth, eventsOfType } = setUp(stores.first)
    const [phone, laptop, bob] = [
      await auth.signIn('ada'),
      await auth.signIn('ada'),
      await auth.signIn('bob'),
    ]
    expect(
      await auth.signOutEverywhere('ada', { except: laptop.sessionId, reason: 'password-changed' }),
    ).toBe(1)
    expect(await auth.checkToken(phone.accessToken)).toMatchObject({
      ok: false,
      code: 'session_signed_out',
    })
    for (const { accessToken } of [laptop, bob])
      expect(await auth.checkToken(accessToken)).toMatchObject({ ok: true })
    expect(eventsOfType('signed-out')).toMatchObject([
      { sessionId: phone.sessionId, reason: 'password-changed' },
    ])
    expect(await auth.signOutEverywhere('ada')).toBe(1)
    expect(await auth.signOutEverywhere('ada')).toBe(0)
  })

  test('a concurrent refresh does not survive a sign-out everywhere', async () => {
    using stores = open()
    const [here, there] = [setUp(stores.first), setUp(stores.second)]
    const sessions = await Promise.all(
      Array.from({ length: 10 }, async () => here.auth.signIn('ada')),
    )
    here.clock.now = there.clock.now += HOUR
    const refreshes = sessions.map(async ({ refreshToken }) =>
      there.auth.refresh(refreshToken, under('one')),
    )
    await Promise.all([here.auth.signOutEverywhere('ada'), ...refreshes])
    const issued = (await Promise.all(refreshes)).flatMap((outcome) =>
      outcome.ok ? [outcome.tokens.refreshToken] : [],
    )
    for (const token of [...issued, ...sessions.map(({ refreshToken }) => refreshToken)]) {
      expect(await there.auth.refresh(token, under('one'))).toMatchObject({
        ok: false,
        code: 'session_signed_out',
      })
    }
  })

  test('a session that is not used ends at its idle end, not before', async () => {
    using stores = open()
    const { auth, clock, eventsOfType } = setUp(stores.first)
    let tokens = await auth.signIn('ada')
    clock.now += 30 * DAY - 1
    tokens = tokensIn(await auth.refresh(tokens.refreshToken, under('one')))
    expect(tokens.refreshExpiresIn).toBe(30 * 24 * 60 * 60)
    clock.now += 30 * DAY
    expect(await auth.refresh(tokens.refreshToken, under('two', 'one'))).toMatchObject({
      ok: false,
      code: 'session_idle',
    })
    expect(eventsOfType('expired')).toMatchObject([{ reason: 'idle' }])
    expect(await auth.explain(tokens.sessionId)).toMatchObject({
      end: { at: clock.now, reason: 'idle' },
    })
  })

  test('the absolute end is fixed at sign-in: a hundred refreshes do not move it', async () => {
    using stores = open()
    const { auth, clock } = setUp(stores.first)
    let tokens = await auth.signIn('ada')
    const endsAt = clock.now + 90 * DAY
    for (let count = 1; count <= 100; count++) {
      clock.now += 20 * HOUR
      tokens = tokensIn(
        await auth.refresh(tokens.refreshToken, under(`attempt ${count}`, `attempt ${count - 1}`)),
      )
      expect(tokens.generation).toBe(count)
      expect(clock.now + tokens.refreshExpiresIn * SECOND).toBeLessThanOrEqual(endsAt)
    }
    clock.now = endsAt - 10 * SECOND
    tokens = tokensIn(await auth.refresh(tokens.refreshToken, under('attempt 101', 'attempt 100')))
    expect([tokens.expiresIn, tokens.refreshExpiresIn]).toEqual([10, 10])
    clock.now = endsAt
    expect(
      await auth.refresh(tokens.refreshToken, under('attempt 102', 'attempt 101')),
    ).toMatchObject({ ok: false, code: 'session_expired' })
    expect(await auth.checkToken(tokens.accessToken)).toMatchObject({
      ok: false,
      code: 'token_expired',
    })
  })

  test('ended sessions are pruned a month later', async () => {
    using stores = open()
    const { auth, clock } = setUp(stores.first)
    const { sessionId } = await auth.signIn('ada')
    await auth.signOut(sessionId)
    clock.now += 30 * DAY
    await auth.signIn('bob')
    await turn()
    expect(await auth.explain(sessionId)).toMatchObject({ end: { reason: 'signed-out' } })
    clock.now += HOUR
    await auth.signIn('bob')
    await turn()
    expect(await auth.explain(sessionId)).toBeNull()
  })
})
