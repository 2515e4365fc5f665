import { describe, expect, test } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND, setUp, STORES, tokensIn, under } from './setup.ts'

const GRACE = 30 * SECOND

describe.each(STORES)('refresh (%s store)', (_name, open) => {
  test('fifty concurrent refreshes in two processes: one successor, one event', async () => {
    using stores = open()
    const [here, there] = [setUp(stores.first), setUp(stores.second)]
    const { refreshToken } = await here.auth.signIn('ada')
    here.clock.now = there.clock.now += HOUR
    const requests = Array.from({ length: 50 }, async (_, index) =>
      (index % 2 ? here : there).auth.refresh(refreshToken, under('attempt')),
    )
    const tokens = (await Promise.all(requests)).map(tokensIn)
    expect(new Set(tokens.map(({ refreshToken }) => refreshToken)).size).toBe(1)
    expect(tokens[0]!.refreshToken).not.toBe(refreshToken)
    expect(new Set(tokens.map(({ generation }) => generation))).toEqual(new Set([1]))
    expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(50)
    expect([...here.eventsOfType('refreshed'), ...there.eventsOfType('refreshed')]).toHaveLength(1)
    expect([...here.eventsOfType('reused'), ...there.eventsOfType('reused')]).toEqual([])
  })

  test('fifty concurrent refreshes without attempts get the same successor', async () => {
    using stores = open()
    const { auth, clock, eventsOfType } = setUp(stores.first)
    const { refreshToken } = await auth.signIn('ada')
    clock.now += HOUR
    const tokens = (
      await Promise.all(Array.from({ length: 50 }, async () => auth.refresh(refreshToken)))
    ).map(tokensIn)
    expect(new Set(tokens.map(({ refreshToken }) => refreshToken)).size).toBe(1)
    expect(eventsOfType('refreshed')).toHaveLength(1)
  })

  test.each([SECOND, MINUTE, HOUR, 20 * DAY])(
    'a lost response is repeated %i ms later, and its successor is live',
    async (later) => {
      using stores = open()
      const { auth, clock, eventsOfType } = setUp(stores.first)
      const { refreshToken } = await auth.signIn('ada')
      clock.now += HOUR
      const lost = tokensIn(await auth.refresh(refreshToken, under('one')))
      clock.now += later
      const again = tokensIn(await auth.refresh(refreshToken, under('one')))
      expect(again.refreshToken).toBe(lost.refreshToken)
      clock.now += GRACE
      expect(await auth.refresh(again.refreshToken, under('two', 'one'))).toMatchObject({
        ok: true,
        how: 'rotated',
        tokens: { generation: 2 },
      })
      expect(eventsOfType('reused')).toEqual([])
    },
  )

  test.each([SECOND, MINUTE, HOUR])(
    'without attempts, a lost response is repeated %i ms later if the successor was not used',
    async (later) => {
      using stores = open()
      const { auth, clock } = setUp(stores.first)
      const { refreshToken } = await auth.signIn('ada')
      clock.now += HOUR
      const lost = tokensIn(await auth.refresh(refreshToken))
      clock.now += later
      expect(tokensIn(await auth.refresh(refreshToken)).refreshToken).toBe(lost.refreshToken)
    },
  )

  test('an old token with the last attempt, after a crash, gets the current token', async () => {
    using stores = open()
    const { auth, clock } = setUp(stores.first)
    const first = await auth.signIn('ada')
    clock.now += GRACE
    const second = tokensIn(await auth.refresh(first.refreshToken, under('one')))
    clock.now += GRACE
    const third = tokensIn(await auth.refresh(second.refreshToken, under('two', 'one')))
    clock.now += HOUR
    for (const { refreshToken } of [second, first]) {
      expect(tokensIn(await auth.refresh(refreshToken, under('three', 'two'))).refreshToken).toBe(
        third.refreshToken,
      )
    }
  })

  test('the current generation is repeated within the grace, and nothing is written', async () => {
    using stores = open()
    const { auth, clock, store } = setUp(stores.first)
    const { refreshToken, sessionId } = await auth.signIn('ada')
    const before = await store.read(sessionId)
    clock.now += GRACE - 1
    expect(await auth.refresh(refreshToken)).toMatchObject({
      ok: true,
      how: 'repeated',
      tokens: { refreshToken, generation: 0 },
    })
    expect(await store.read(sessionId)).toEqual(before)
  })

  test('a repeat within the grace does not extend it', async () => {
    using stores = open()
    const { auth, clock } = setUp(stores.first)
    const { refreshToken } = await auth.signIn('ada')
    clock.now += GRACE
    await auth.refresh(refreshToken, under('one'))
    for (const step of [10, 10, 9]) {
      clock.now += step * SECOND
      expect(await auth.refresh(refreshToken, under('another'))).toMatchObject({
        ok: true,
        how: 'repeated',
      })
    }
    clock.now += SECOND
    expect(await auth.refresh(refreshToken, under('another'))).toMatchObject({
      ok: false,
      code: 'refresh_token_reused',
    })
  })

  test('tokens repeated within the grace are live, with their remaining lifetime', async () => {
    using stores = open()
    const { auth, clock } = setUp(stores.first)
    const { refreshToken } = await auth.signIn('ada', { claims: { role: 'reader' } })
    clock.now += GRACE
    await auth.refresh(refreshToken, under('one'))
    clock.now += GRACE - 1
    const repeated = tokensIn(await auth.refresh(refreshToken, under('other')))
    const claims = { sub: 'ada', sid: repeated.sessionId, fresh: false, role: 'reader' }
    expect(await auth.checkToken(repeated.accessToken)).toMatchObject({ ok: true, claims })
    expect(repeated.expiresIn).toBeGreaterThanOrEqual(284)
    expect(repeated.expiresIn).toBeLessThanOrEqual(300)
    clock.now += GRACE
    expect(await auth.refresh(repeated.refreshToken, under('two', 'one'))).toMatchObject({
      ok: true,
      how: 'rotated',
    })
  })

  test('a refresh does not invalidate the previous access token', async () => {
    using stores = open()
    const { auth, clock } = setUp(stores.first)
    const first = await auth.signIn('ada')
    clock.now += MINUTE
    tokensIn(await auth.refresh(first.refreshToken))
    expect(await auth.checkToken(first.accessToken, { fresh: true })).toMatchObject({
      ok: true,
      claims: { fresh: true },
    })
    clock.now += first.expiresIn * SECOND - MINUTE - 1
    expect(await auth.checkToken(first.accessToken)).toMatchObject({ ok: true })
    clock.now += SECOND
    expect(await auth.checkToken(first.accessToken)).toMatchObject({
      ok: false,
      code: 'token_expired',
    })
  })

  test('after a restored backup, the session continues from the newest token', async () => {
    using stores = open()
    const { auth, clock, store } = setUp(stores.first)
    let tokens = await auth.signIn('ada')
    const backup = (await store.read(tokens.sessionId))!
    for (const attempt of ['one', 'two', 'three']) {
      clock.now += MINUTE
      tokens = tokensIn(await auth.refresh(tokens.refreshToken, under(attempt)))
    }
    using restored = open()
    await restored.first.create(backup)
    const after = setUp(restored.first, {}, clock)
    clock.now += MINUTE
    const recovered = await after.auth.refresh(tokens.refreshToken, under('four', 'three'))
    expect(recovered).toMatchObject({ ok: true, how: 'recovered', tokens: { generation: 4 } })
    expect(after.eventsOfType('recovered')).toMatchObject([
      { sessionId: tokens.sessionId, generation: 4 },
    ])
    clock.now += MINUTE
    expect(
      await after.auth.refresh(tokensIn(recovered).refreshToken, under('five', 'four')),
    ).toMatchObject({ ok: true, how: 'rotated' })
  })

  test('dangerouslyNeverRotate: the same token, and its use extends the session', async () => {
    using stores = open()
    const { auth, clock } = setUp(stores.first)
    const { refreshToken, accessToken } = await auth.signIn('ada', { dangerouslyNeverRotate: true })
    expect(await auth.checkToken(accessToken)).not.toHaveProperty('claims.gen')
    for (let month = 0; month < 3; month++) {
      clock.now += 29 * DAY
      expect(await auth.refresh(refreshToken)).toMatchObject({
        ok: true,
        how: 'repeated',
        tokens: { refreshToken, generation: 0 },
      })
    }
    clock.now += 3 * DAY
    expect(await auth.refresh(refreshToken)).toMatchObject({ ok: false, code: 'session_expired' })
  })
})
