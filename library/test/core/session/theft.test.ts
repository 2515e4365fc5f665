import { describe, expect, test } from 'vitest'
import { HOUR, MINUTE, SECOND, setUp, STORES, tokensIn, under } from './setup.ts'

const OWNER = { userAgent: 'the owner’s', address: '192.0.2.1' }
const THIEF = { userAgent: 'the thief’s', address: '203.0.113.9' }

describe.each(STORES)('stolen refresh tokens (%s store)', (_name, open) => {
  test('a refresh of the thief after the owner ends only this session, once', async () => {
    using stores = open()
    const { auth, clock, eventsOfType } = setUp(stores.first)
    const [stolen, other] = [await auth.signIn('ada', { device: OWNER }), await auth.signIn('ada')]
    clock.now += HOUR
    const owners = tokensIn(
      await auth.refresh(stolen.refreshToken, { ...under('one'), device: OWNER }),
    )
    clock.now += MINUTE
    const refused = { ok: false, code: 'refresh_token_reused', status: 401 }
    expect(
      await auth.refresh(stolen.refreshToken, { ...under('thief'), device: THIEF }),
    ).toMatchObject(refused)
    const details = { presented: 0, current: 1, after: MINUTE, holder: OWNER, device: THIEF }
    expect(eventsOfType('reused')).toEqual([
      {
        type: 'reused',
        at: clock.now,
        sessionId: stolen.sessionId,
        identity: 'ada',
        generation: 1,
        device: THIEF,
        holder: OWNER,
        reason: 'reused',
        details,
      },
    ])
    expect(await auth.explain(stolen.sessionId)).toMatchObject({
      end: { at: clock.now, reason: 'reused', details },
    })
    expect(await auth.refresh(owners.refreshToken, under('two', 'one'))).toMatchObject({
      ok: false,
      code: 'refresh_token_reused',
    })
    expect(await auth.checkToken(owners.accessToken)).toMatchObject({
      ok: false,
      code: 'refresh_token_reused',
    })
    expect(await auth.refresh(other.refreshToken)).toMatchObject({ ok: true })
    expect(eventsOfType('reused')).toHaveLength(1)
  })

  test('a refresh of the owner after the thief ends the session for both', async () => {
    using stores = open()
    const { auth, clock } = setUp(stores.first)
    const { refreshToken } = await auth.signIn('ada')
    clock.now += HOUR
    const stolen = tokensIn(await auth.refresh(refreshToken, under('thief')))
    clock.now += 5 * MINUTE
    expect(await auth.refresh(refreshToken, under('one'))).toMatchObject({
      ok: false,
      code: 'refresh_token_reused',
    })
    expect(await auth.checkToken(stolen.accessToken)).toMatchObject({ ok: false })
    expect(await auth.refresh(stolen.refreshToken, under('next', 'thief'))).toMatchObject({
      ok: false,
      code: 'refresh_token_reused',
    })
  })

  test('a thief with the whole profile lacks the next attempt and is detected', async () => {
    using stores = open()
    const { auth, clock } = setUp(stores.first)
    const first = await auth.signIn('ada')
    clock.now += MINUTE
    const second = tokensIn(await auth.refresh(first.refreshToken, under('one')))
    clock.now += MINUTE
    tokensIn(await auth.refresh(second.refreshToken, under('two', 'one')))
    clock.now += MINUTE
    expect(await auth.refresh(second.refreshToken, under('thief', 'one'))).toMatchObject({
      ok: false,
      code: 'refresh_token_reused',
    })
  })

  test('a token two generations behind is a reuse even within the grace', async () => {
    using stores = open()
    const { auth, clock } = setUp(stores.first)
    const first = await auth.signIn('ada')
    clock.now += MINUTE
    const second = tokensIn(await auth.refresh(first.refreshToken, under('one')))
    clock.now += MINUTE
    tokensIn(await auth.refresh(second.refreshToken, under('two', 'one')))
    clock.now += SECOND
    expect(await auth.refresh(first.refreshToken, under('one'))).toMatchObject({
      ok: false,
      code: 'refresh_token_reused',
    })
  })

  test('without attempts, a reuse is detected once the successor was used', async () => {
    using stores = open()
    const { auth, clock, store } = setUp(stores.first)
    const { refreshToken, sessionId } = await auth.signIn('ada')
    clock.now += HOUR
    tokensIn(await auth.refresh(refreshToken))
    await store.markUsed([{ sessionId, generation: 1 }])
    clock.now += MINUTE
    expect(await auth.refresh(refreshToken)).toMatchObject({
      ok: false,
      code: 'refresh_token_reused',
    })
  })

  test('a reuse without an attempt is detected although the successor was not used', async () => {
    using stores = open()
    const { auth, clock } = setUp(stores.first)
    const { refreshToken } = await auth.signIn('ada')
    clock.now += HOUR
    tokensIn(await auth.refresh(refreshToken, under('one')))
    clock.now += MINUTE
    expect(await auth.refresh(refreshToken)).toMatchObject({
      ok: false,
      code: 'refresh_token_reused',
    })
  })

  test('within the grace a thief gets the successor; the event has both devices', async () => {
    using stores = open()
    const { auth, clock, eventsOfType } = setUp(stores.first)
    const { refreshToken } = await auth.signIn('ada', { device: OWNER })
    clock.now += HOUR
    tokensIn(await auth.refresh(refreshToken, { ...under('one'), device: OWNER }))
    clock.now += SECOND
    expect(await auth.refresh(refreshToken, { ...under('thief'), device: THIEF })).toMatchObject({
      ok: true,
      how: 'repeated',
    })
    expect(eventsOfType('repeated')).toMatchObject([{ device: THIEF, holder: OWNER }])
  })

  test('fifty concurrent reuses end the session once', async () => {
    using stores = open()
    const [here, there] = [setUp(stores.first), setUp(stores.second)]
    const { refreshToken } = await here.auth.signIn('ada')
    here.clock.now = there.clock.now += HOUR
    tokensIn(await here.auth.refresh(refreshToken, under('one')))
    here.clock.now = there.clock.now += HOUR
    const reuses = Array.from({ length: 50 }, async (_, index) =>
      (index % 2 ? here : there).auth.refresh(refreshToken, under('thief')),
    )
    for (const outcome of await Promise.all(reuses))
      expect(outcome).toMatchObject({ ok: false, code: 'refresh_token_reused' })
    expect([...here.eventsOfType('reused'), ...there.eventsOfType('reused')]).toHaveLength(1)
  })
})
