import { describeInBrowser, eventsOf, fetchAtOnce, MODES, pause, stateOf } from './browser.ts'
import type { Answer } from './site-parts.ts'
import type { Fate } from './site.ts'

/** The first refresh meets this, the others nothing. */
const once = (fate: Fate): Fate => {
  let met = false
  return (go, who) => (met ? go() : ((met = true), fate(go, who)))
}
/** The server does its part, and nobody hears of it. */
const lose: Fate = async (go): Promise<'lost'> => {
  await go()
  return 'lost'
}
const never = (): Promise<never> => new Promise(() => {})
const firstOf = (header = ''): string | undefined => header.split(', ').at(0)

describeInBrowser('when the network or the server fails', (test) => {
  test('a tab that is closed in the middle of a refresh holds nobody up', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [first, second] = await openSignedIn(2)
    site.expireAll()
    site.onRefresh = once(never)
    void first.evaluate(() => void client.fetch('/orders').catch(() => {}))
    await expect.poll(() => site.refreshes).toBe(1)
    const waiting = fetchAtOnce([second], 1)
    await pause(300)
    const at = Date.now()
    await first.close()
    expect(await waiting).toEqual([200])
    expect(Date.now() - at).toBeLessThan(1000)
  })

  for (const mode of MODES) {
    test(`${mode} mode: an answer that was lost is asked for again, with the same attempt`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      site.grace = 0.001
      const [tab] = await openSignedIn(1, { mode })
      site.expireAll()
      site.onRefresh = once(lose)
      expect(await fetchAtOnce([tab], 5)).toEqual([200, 200, 200, 200, 200])
      expect(new Set(site.attempts).size).toBe(1)
      site.expireAll()
      expect(await fetchAtOnce([tab], 1)).toEqual([200])
      const [lost, next] = [site.attempts.at(0), site.attempts.at(-1)]
      expect(next).toBe(`${firstOf(next)}, ${firstOf(lost)}`)
      expect(firstOf(next)).not.toBe(firstOf(lost))
      expect(site.reuses).toBe(0)
    })

    test(`${mode} mode: lost, the tab closed, and hours later another tab: the same attempt`, async ({
      expect,
      site,
      open,
      openSignedIn,
    }) => {
      site.grace = 0.001
      const [tab] = await openSignedIn(1, { mode })
      site.expireAll()
      site.onRefresh = lose
      void tab.evaluate(() => void client.fetch('/orders').catch(() => {}))
      await expect.poll(() => site.refreshes).toBeGreaterThan(0)
      await tab.close()
      site.onRefresh = (go) => go()
      site.expireAll()
      expect(await fetchAtOnce([await open({ mode })], 1)).toEqual([200])
      expect(new Set(site.attempts).size).toBe(1)
      expect(site.reuses).toBe(0)
    })

    test(`${mode} mode: a sign-out offline holds, and the server hears of it later`, async ({
      expect,
      site,
      context,
      open,
      openSignedIn,
    }) => {
      const [tab] = await openSignedIn(1, { mode })
      await context.setOffline(true)
      await tab.evaluate(() => client.signOut())
      expect((await stateOf(tab)).status).toBe('signed-out')
      await context.setOffline(false)
      await expect.poll(() => site.signOuts).toBe(1)
      await expect.poll(async () => (await context.cookies()).length).toBe(0)
      expect((await stateOf(await open({ mode }))).status).toBe('signed-out')
      expect(site.signOuts).toBe(1)
    })
  }

  for (const reused of [false, true]) {
    // On a reused connection the browser itself sends a POST again that had no answer; script never
    // knows.
    test(`an answer lost on a ${reused ? 'reused' : 'fresh'} connection: one successor, however often it was asked for`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      site.grace = 0.001
      const [tab] = await openSignedIn(1)
      site.expireAll()
      if (!reused) site.dropIdleConnections()
      site.onRefresh = once(lose)
      expect(await tab.evaluate(() => client.renew().then(() => client.state.generation))).toBe(1)
      expect(site.refreshes).toBeGreaterThanOrEqual(2)
      expect(new Set(site.attempts).size).toBe(1)
      expect(site.events.filter(({ type }) => type === 'refreshed')).toHaveLength(1)
      expect(site.reuses).toBe(0)
    })
  }

  test.together(
    'a server that fails for long is asked three times, and then seldom, by all tabs together',
    async ({ expect, site, openSignedIn }) => {
      const tabs = await openSignedIn(3)
      site.expireAll()
      site.onRefresh = () => ({ status: 500, body: 'oops' })
      const end = Date.now() + 4500
      const outcomes = new Set<number | string>()
      while (Date.now() < end)
        for (const outcome of await fetchAtOnce(tabs, 3)) outcomes.add(outcome)
      expect([...outcomes]).toEqual(['Unreachable'])
      expect(site.refreshes).toBe(3)
      for (const tab of tabs)
        expect(await stateOf(tab)).toMatchObject({ status: 'signed-in', reachable: false })
      site.onRefresh = (go) => go()
      await expect
        .poll(async () => (await fetchAtOnce(tabs, 1)).every((outcome) => outcome === 200), {
          timeout: 15_000,
        })
        .toBe(true)
    },
  )

  test('no answer but a definitive one signs out', async ({ expect, site, open }) => {
    const html = '<!doctype html><title>Welcome to the hotel</title>'
    const strange: Record<string, Answer> = {
      broken: { status: 500, body: 'oops' },
      busy: { status: 429, headers: [['retry-after', '60']], body: {} },
      wall: { status: 403, body: html },
      moved: { status: 404, body: html },
      hotel: { status: 200, body: html },
      redirected: { status: 302, headers: [['location', '/']] },
      cut: { status: 200, body: '{"expires_in": 300, "session_id": "' },
      empty: { status: 200, body: {} },
      unknown: { status: 401, body: { error: 'token_invalid', message: '' } },
      missing: { status: 401, body: { error: 'token_missing', message: '' } },
      page: { status: 401, body: html },
      forbidden: { status: 403, body: { error: 'session_idle', message: '' } },
    }
    site.onRefresh = (go, who) => strange[who ?? ''] ?? go()
    const tab = await open()
    const results = await tab.evaluate(async (names) => {
      const clients = names.map((name) => latchkey.header.createClient({ name }))
      await Promise.all(clients.map((one, index) => one.signIn({ name: names[index] ?? '' })))
      const failures = await Promise.all(
        clients.map((one) =>
          one.renew().then(
            () => 'renewed',
            (error: Error) => error.name,
          ),
        ),
      )
      return clients.map(({ state: { status, reachable } }, index) => [
        failures[index],
        status,
        reachable,
      ])
    }, Object.keys(strange))
    expect(results).toEqual(Object.keys(strange).map(() => ['Unreachable', 'signed-in', false]))
  })

  for (const mode of MODES) {
    test.together(
      `${mode} mode: offline, nobody is signed out; online, all is well by itself`,
      async ({ expect, site, context, openSignedIn }) => {
        const [tab] = await openSignedIn(1, { mode })
        site.expireAll()
        await context.setOffline(true)
        const failed = await tab.evaluate(async () => {
          const renewed = await client.renew().catch((error: Error) => error.name)
          return [renewed, await client.fetch('/orders').catch((error: Error) => error.name)]
        })
        expect(failed).toEqual(['Unreachable', 'TypeError'])
        expect(await stateOf(tab)).toMatchObject({ status: 'signed-in', reachable: false })
        await context.setOffline(false)
        await expect
          .poll(() => eventsOf(tab), { timeout: 15_000 })
          .toEqual(['signed-out', 'signed-in', 'unreachable', 'renewed', 'reachable'])
        expect(await fetchAtOnce([tab], 1)).toEqual([200])
        expect(site.refreshes).toBe(1)
      },
    )
  }

  test.together(
    'a refresh that never answers holds nobody up for longer than one try, in any tab',
    async ({ expect, site, openSignedIn }) => {
      const [first, second] = await openSignedIn(2)
      site.expireAll()
      site.onRefresh = once(never)
      const at = Date.now()
      const waiting = fetchAtOnce([first], 3)
      await expect.poll(() => site.refreshes).toBe(1)
      expect(await fetchAtOnce([second], 3)).toEqual([200, 200, 200])
      expect(await waiting).toEqual([200, 200, 200])
      expect(Date.now() - at).toBeLessThan(8000)
      expect(site.refreshes).toBe(2)
    },
  )

  test.together(
    'a server that never answers is given up after six seconds, and asked again with the same attempt',
    async ({ expect, site, openSignedIn }) => {
      const [tab] = await openSignedIn(1)
      site.expireAll()
      site.onRefresh = never
      const at = Date.now()
      expect(
        await tab.evaluate(() => client.fetch('/orders').catch((error: Error) => error.name)),
      ).toBe('Unreachable')
      expect(Date.now() - at).toBeLessThan(8000)
      expect(await stateOf(tab)).toMatchObject({ status: 'signed-in', reachable: false })
      site.onRefresh = (go) => go()
      await tab.evaluate(() => client.renew())
      expect(await fetchAtOnce([tab], 1)).toEqual([200])
      expect(site.refreshes).toBe(3)
      expect(new Set(site.attempts).size).toBe(1)
    },
  )
})
