import { describeInBrowser, eventsOf, fetchAtOnce, gate, MODES, sleep, stateOf } from './browser.ts'

const withoutChannel = (): unknown =>
  Object.defineProperty(globalThis, 'BroadcastChannel', { value: undefined })

describeInBrowser('one session in several tabs', (test) => {
  for (const mode of MODES) {
    test(`${mode} mode: five tabs with fifty requests each send one refresh`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      site.grace = 0.001
      const tabs = await openSignedIn(5, { mode })
      // A tab that was opened later knows its state without a request.
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

    test(`${mode} mode: a sign-out during a refresh reaches all tabs before the server`, async ({
      expect,
      site,
      context,
      open,
      openSignedIn,
    }) => {
      const [first, second] = await openSignedIn(2, { mode })
      const refreshGate = gate()
      const signOutGate = gate()
      site.expireAll()
      site.onRefresh = async (next) => {
        const response = await next()
        await refreshGate.opened
        return response
      }
      site.onSignOut = async (next) => (await signOutGate.opened, next())
      const pending = first.evaluate(() =>
        client.fetch('/orders').then(String, (error: Error) => error.name),
      )
      await expect.poll(() => site.refreshes).toBe(1)
      const signOut = second.evaluate(() => client.signOut())
      expect(await pending).toBe('SignedOut')
      for (const tab of [first, second]) {
        await expect.poll(async () => (await stateOf(tab)).status).toBe('signed-out')
        const last = await tab.evaluate(() =>
          clientEvents.filter(({ type }) => type === 'signed-out').at(-1),
        )
        expect(last).toMatchObject({
          reason: 'session_signed_out',
          by: tab === second ? 'this tab' : 'another tab',
        })
      }
      expect(site.signOuts).toBe(0)
      signOutGate.open()
      await signOut
      refreshGate.open()
      const fresh = await open({ mode })
      expect(await context.cookies()).toEqual([])
      // A tab that still sees the old session cookie sends one more, which ends nothing else.
      expect([1, 2]).toContain(site.signOuts)
      for (const tab of [first, second, fresh])
        expect((await stateOf(tab)).status).toBe('signed-out')
      expect(await fetchAtOnce([first, fresh], 1)).toEqual([401, 401])
    })

    test(`${mode} mode: a session that the server ended ends in all tabs, with its reason`, async ({
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

  test('cookie mode: a sign-in waits for a refresh of the previous session', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [first, second] = await openSignedIn(2)
    const slow = gate()
    site.expireAll()
    site.onRefresh = async (next) => (await slow.opened, next())
    const post = (body: string): Promise<number | string> =>
      first.evaluate(
        (body) =>
          client.fetch('/orders', { method: 'POST', body }).then(
            ({ status }) => status,
            (error: Error) => error.name,
          ),
        body,
      )
    const pending = post('of ann')
    await expect.poll(() => site.refreshes).toBe(1)
    const signIn = second.evaluate(() => client.signIn({ name: 'bob', password: 'right' }))
    await sleep(100)
    slow.open()
    expect(await signIn).toMatchObject({ ok: true })
    await pending
    await expect.poll(() => eventsOf(first)).toContain('replaced')
    expect(await post('of bob')).toBe(200)
    expect(site.seen.filter(({ identity }) => identity === 'bob').map(({ body }) => body)).toEqual([
      'of bob',
    ])
    expect((await stateOf(first)).sessionId).toBe((await stateOf(second)).sessionId)
  })

  test('cookie mode: during a sign-in, requests go out under the current session', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [first, second] = await openSignedIn(2)
    const slow = gate()
    let signIns = 0
    site.onSignIn = async (next) => (signIns++, await slow.opened, next())
    const signIn = second.evaluate(() => client.signIn({ name: 'bob', password: 'right' }))
    await expect.poll(() => signIns).toBe(1)
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

  test('cookie mode: a request with the cookies of another session is refused', async ({
    expect,
    site,
    open,
    openSignedIn,
  }) => {
    const [second] = await openSignedIn(1)
    // This tab gets no messages, and does not see the new cookie before its request is sent.
    const first = await open({}, withoutChannel)
    await second.evaluate(() => client.signIn({ name: 'bob', password: 'right' }))
    const result = await first.evaluate(
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
    expect(result).toBe('Replaced')
    expect(site.seen.map(({ identity, status, body }) => [identity, status, body])).toEqual([
      [null, 401, 'of ann'],
    ])
    expect((await stateOf(first)).sessionId).toBe((await stateOf(second)).sessionId)
    expect(await fetchAtOnce([first], 1)).toEqual([200])
  })

  test('a tab that sees a new session cookie late follows, and deletes no cookie', async ({
    expect,
    site,
    context,
    openSignedIn,
  }) => {
    const [first, second] = await openSignedIn(2)
    await first.evaluate(() => {
      const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie')!
      const old: unknown = get!.call(document)
      Object.defineProperty(document, 'cookie', {
        get: () => ('isLate' in globalThis ? old : get!.call(document)),
        set(value) {
          set!.call(document, value)
        },
      })
      Object.assign(globalThis, { isLate: true })
    })
    await second.evaluate(() => client.signIn({ name: 'bob', password: 'right' }))
    const { sessionId } = await stateOf(second)
    await expect.poll(async () => (await eventsOf(first)).at(-1)).toBe('replaced')
    // It asked the server whether the cookies are those of the ended session.
    await expect.poll(() => site.signOuts).toBe(1)
    await first.evaluate(() => Reflect.deleteProperty(globalThis, 'isLate'))
    expect((await context.cookies()).length).toBe(3)
    expect(await fetchAtOnce([first, second], 1)).toEqual([200, 200])
    expect(site.seen.map(({ identity }) => identity)).toEqual(['bob', 'bob'])
    for (const tab of [first, second]) expect((await stateOf(tab)).sessionId).toBe(sessionId)
  })

  test('a late refresh response restores no ended session: its cookies are cleared', async ({
    expect,
    site,
    context,
    open,
    openSignedIn,
  }) => {
    await openSignedIn(1)
    // This tab gets no messages, so the sign-out does not abort its refresh.
    const isolated = await open({}, withoutChannel)
    const responseGate = gate()
    site.expireAll()
    site.onRefresh = async (next) => {
      const response = await next()
      await responseGate.opened
      return response
    }
    const pending = isolated.evaluate(() =>
      client.fetch('/orders').then(String, (error: Error) => error.name),
    )
    await expect.poll(() => site.refreshes).toBe(1)
    const other = await open()
    await other.evaluate(() => client.signOut())
    expect(await context.cookies()).toEqual([])
    responseGate.open()
    expect(await pending).toBe('SignedOut')
    await expect.poll(() => site.signOuts).toBe(2)
    await expect.poll(async () => (await context.cookies()).length).toBe(0)
    const ended = { status: 'signed-out', reason: 'session_signed_out' }
    for (const tab of [isolated, other, await open()])
      expect(await stateOf(tab)).toMatchObject(ended)
  })

  for (const mode of MODES) {
    test.concurrent(
      `${mode} mode: short-lived tokens are renewed in time, by one tab for all`,
      async ({ expect, site, openSignedIn }) => {
        // Renewed after 6 of 8 s: a busy machine has 2 s before a token expires.
        site.lifetime = 8
        site.grace = 0.001
        const start = Date.now()
        const tabs = await openSignedIn(2, { mode })
        const opened = Date.now()
        while (Date.now() - opened < 8000) {
          await fetchAtOnce(tabs, 2)
          await sleep(300)
        }
        expect(site.seen.filter(({ status }) => status !== 200)).toEqual([])
        expect(site.refreshes).toBeGreaterThan(0)
        expect(site.refreshes).toBeLessThanOrEqual((Date.now() - start) / 5000)
        expect(site.reuses).toBe(0)
      },
    )
  }
})
