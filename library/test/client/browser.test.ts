import { describeInBrowser, eventsOf, fetchAtOnce, gate, MODES, pause, stateOf } from './browser.ts'

describeInBrowser('one session in several tabs', (test) => {
  for (const mode of MODES) {
    test(`${mode} mode: five tabs with fifty requests each make one refresh`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      site.grace = 0.001
      const tabs = await openSignedIn(5, { mode })
      // Those that were opened later knew at once, without the network.
      for (const tab of tabs)
        expect(await stateOf(tab)).toMatchObject({ status: 'signed-in', generation: 0 })
      expect(await fetchAtOnce(tabs, 1)).toEqual([200, 200, 200, 200, 200])
      expect(site.refreshes).toBe(0)
      for (const [index, requests] of [50, 2, 2].entries()) {
        site.expireAll()
        expect(await fetchAtOnce(tabs, requests)).toEqual(
          Array.from({ length: 5 * requests }, () => 200),
        )
        expect(site.refreshes).toBe(index + 1)
      }
    })

    test(`${mode} mode: a sign-out is seen in every tab within 100 ms, during a refresh too`, async (room) => {
      const { expect, site, context, open, openSignedIn } = room
      const [first, second] = await openSignedIn(2, { mode })
      const late = gate()
      site.expireAll()
      site.onRefresh = async (go) => {
        const answer = await go()
        await late.opened
        return answer
      }
      const waiting = first.evaluate(() =>
        client.fetch('/orders').then(String, (error: Error) => error.name),
      )
      await expect.poll(() => site.refreshes).toBe(1)
      const at = await second.evaluate(async () => {
        const now = Date.now()
        await client.signOut()
        return now
      })
      expect(await waiting).toBe('SignedOut')
      for (const tab of [first, second]) {
        const last = await tab.evaluate(() =>
          told.filter(({ type }) => type === 'signed-out').at(-1),
        )
        expect(last).toMatchObject({
          reason: 'session_signed_out',
          by: tab === second ? 'this tab' : 'another tab',
        })
        expect((last?.at ?? Infinity) - at).toBeLessThan(100)
      }
      late.open()
      const fresh = await open({ mode })
      expect(await context.cookies()).toEqual([])
      expect(site.signOuts).toBe(1)
      for (const tab of [first, second, fresh])
        expect((await stateOf(tab)).status).toBe('signed-out')
      expect(await fetchAtOnce([first, fresh], 1)).toEqual([401, 401])
    })

    test(`${mode} mode: a session that the server ended is over in every tab, and says why`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      const tabs = await openSignedIn(2, { mode })
      await site.end('ann', 'reused')
      expect(await fetchAtOnce(tabs.slice(0, 1), 3)).toEqual([
        'SignedOut',
        'SignedOut',
        'SignedOut',
      ])
      for (const tab of tabs)
        await expect
          .poll(() => stateOf(tab))
          .toMatchObject({ status: 'signed-out', reason: 'refresh_token_reused' })
      for (const tab of tabs)
        expect((await eventsOf(tab)).slice(-2)).toEqual(['signed-in', 'signed-out'])
      expect(site.refreshes).toBe(1)
    })
  }

  test('cookie mode: a sign-in waits for the last session’s refresh, and its requests are its own', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [first, second] = await openSignedIn(2)
    const slow = gate()
    site.expireAll()
    site.onRefresh = async (go) => (await slow.opened, go())
    const post = (body: string): Promise<number | string> =>
      first.evaluate(
        (body) =>
          client.fetch('/orders', { method: 'POST', body }).then(
            ({ status }) => status,
            (error: Error) => error.name,
          ),
        body,
      )
    const queued = post('of ann')
    await expect.poll(() => site.refreshes).toBe(1)
    const signIn = second.evaluate(() => client.signIn({ name: 'bob', password: 'right' }))
    await pause(100)
    slow.open()
    expect(await signIn).toEqual({ ok: true })
    await queued
    await expect.poll(() => eventsOf(first)).toContain('replaced')
    expect(await post('of bob')).toBe(200)
    expect(site.seen.filter(({ identity }) => identity === 'bob').map(({ body }) => body)).toEqual([
      'of bob',
    ])
    expect((await stateOf(first)).sessionId).toBe((await stateOf(second)).sessionId)
  })

  test('cookie mode: while somebody signs in, requests go out at once, under whose name they were made', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [first, second] = await openSignedIn(2)
    const slow = gate()
    let asked = 0
    site.onSignIn = async (go) => (asked++, await slow.opened, go())
    const signIn = second.evaluate(() => client.signIn({ name: 'bob', password: 'right' }))
    await expect.poll(() => asked).toBe(1)
    expect(await Promise.all([fetchAtOnce([first], 1), fetchAtOnce([second], 1)])).toEqual([
      [200],
      [200],
    ])
    slow.open()
    await signIn
    expect(site.seen.map(({ identity }) => identity)).toEqual(['ann', 'ann'])
    await expect
      .poll(() => stateOf(first))
      .toMatchObject({ sessionId: (await stateOf(second)).sessionId })
  })

  test('cookie mode: a request that leaves with the cookies of another session does nothing', async ({
    expect,
    site,
    open,
    openSignedIn,
  }) => {
    const [second] = await openSignedIn(1)
    // This tab is not told, and does not see the new cookie until its request is on the way.
    const first = await open({}, () =>
      Object.defineProperty(globalThis, 'BroadcastChannel', { value: undefined }),
    )
    await second.evaluate(() => client.signIn({ name: 'bob', password: 'right' }))
    const outcome = await first.evaluate(
      (id) => {
        let reads = 0
        const { get } = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie')!
        Object.defineProperty(document, 'cookie', {
          get: () => (reads++ === 0 ? `latchkey-session=${id}.0` : get!.call(document)),
        })
        return client.fetch('/orders', { method: 'POST', body: 'of ann' }).then(
          ({ status }) => status,
          (error: Error) => error.name,
        )
      },
      (await stateOf(first)).sessionId,
    )
    expect(outcome).toBe('Replaced')
    expect(site.seen.map(({ identity, status, body }) => [identity, status, body])).toEqual([
      [null, 401, 'of ann'],
    ])
    expect((await stateOf(first)).sessionId).toBe((await stateOf(second)).sessionId)
    expect(await fetchAtOnce([first], 1)).toEqual([200])
  })

  test('a late answer cannot bring a session back: its cookies are sent away again', async ({
    expect,
    site,
    context,
    open,
    openSignedIn,
  }) => {
    await openSignedIn(1)
    // This one is not told of the sign-out, so nothing stops its refresh.
    const deaf = await open({}, () =>
      Object.defineProperty(globalThis, 'BroadcastChannel', { value: undefined }),
    )
    const late = gate()
    site.expireAll()
    site.onRefresh = async (go) => {
      const answer = await go()
      await late.opened
      return answer
    }
    const waiting = deaf.evaluate(() =>
      client.fetch('/orders').then(String, (error: Error) => error.name),
    )
    await expect.poll(() => site.refreshes).toBe(1)
    const other = await open()
    await other.evaluate(() => client.signOut())
    expect(await context.cookies()).toEqual([])
    late.open()
    expect(await waiting).toBe('SignedOut')
    await expect.poll(() => site.signOuts).toBe(2)
    await expect.poll(async () => (await context.cookies()).length).toBe(0)
    const over = { status: 'signed-out', reason: 'session_signed_out' }
    for (const tab of [deaf, other, await open()]) expect(await stateOf(tab)).toMatchObject(over)
  })

  for (const mode of MODES) {
    test.together(
      `${mode} mode: short tokens are renewed in time, by one tab for all`,
      async ({ expect, site, openSignedIn }) => {
        site.lifetime = 5
        site.grace = 0.001
        const start = Date.now()
        const tabs = await openSignedIn(2, { mode })
        const open = Date.now()
        while (Date.now() - open < 5000) {
          await fetchAtOnce(tabs, 2)
          await pause(300)
        }
        expect(site.seen.filter(({ status }) => status !== 200)).toEqual([])
        expect(site.refreshes).toBeGreaterThan(0)
        expect(site.refreshes).toBeLessThanOrEqual((Date.now() - start) / 2900)
        expect(site.reuses).toBe(0)
      },
    )
  }
})
