import { describeInBrowser, eventsOf, fetchAtOnce, MODES, sleep, stateOf } from './browser.ts'
import type { SiteResponse } from './site-parts.ts'
import type { Handler } from './site.ts'

/** Handles the first request, and passes the others through. */
const once = (handler: Handler): Handler => {
  let isUsed = false
  return (next, identity) => (isUsed ? next() : ((isUsed = true), handler(next, identity)))
}
/** The server handles the request, but its response is lost. */
const lose: Handler = async (next): Promise<'lost'> => {
  await next()
  return 'lost'
}
const never = (): Promise<never> => new Promise(() => {})
const attemptIn = (header = ''): string | undefined => header.split(', ').at(0)

describeInBrowser('failures of the network and the server', (test) => {
  test('tab closed during a refresh: a waiting tab goes on at once', async ({
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
    await sleep(300)
    const at = Date.now()
    await first.close()
    expect(await waiting).toEqual([200])
    // Less than the 10 s after which a tab no longer waits for the lock.
    expect(Date.now() - at).toBeLessThan(5000)
  })

  for (const mode of MODES) {
    test(`${mode} mode: after a lost response, the same attempt is sent again`, async ({
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
      expect(next).toBe(`${attemptIn(next)}, ${attemptIn(lost)}`)
      expect(attemptIn(next)).not.toBe(attemptIn(lost))
      expect(site.reuses).toBe(0)
    })

    test(`${mode} mode: after a lost response and hours, a new tab sends the same attempt`, async ({
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
      site.onRefresh = (next) => next()
      site.expireAll()
      expect(await fetchAtOnce([await open({ mode })], 1)).toEqual([200])
      expect(new Set(site.attempts).size).toBe(1)
      expect(site.reuses).toBe(0)
    })

    test(`${mode} mode: a sign-out offline applies at once and is sent later`, async ({
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
    // On a reused connection the browser itself repeats a POST without a response, and scripts do
    // not notice.
    test(`response lost on a ${reused ? 'reused' : 'new'} connection: one rotation`, async ({
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

  test.concurrent(
    'a server that fails: three tries by all tabs together, then none during the backoff',
    async ({ expect, site, openSignedIn }) => {
      const tabs = await openSignedIn(3)
      site.expireAll()
      site.onRefresh = () => ({ status: 500, body: 'oops' })
      // The backoff is at least 4 s, so this leaves a busy machine 1.5 s.
      const end = Date.now() + 2500
      const results = new Set<number | string>()
      while (Date.now() < end) for (const result of await fetchAtOnce(tabs, 3)) results.add(result)
      expect([...results]).toEqual(['Unreachable'])
      expect(site.refreshes).toBe(3)
      for (const tab of tabs)
        expect(await stateOf(tab)).toMatchObject({ status: 'signed-in', reachable: false })
      site.onRefresh = (next) => next()
      await expect
        .poll(async () => (await fetchAtOnce(tabs, 1)).every((result) => result === 200), {
          timeout: 15_000,
        })
        .toBe(true)
    },
  )

  test('only a 401 with a code that ends the session signs out', async ({ expect, site, open }) => {
    const html = '<!doctype html><title>Welcome to the hotel</title>'
    const responses: Record<string, SiteResponse> = {
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
    site.onRefresh = (next, identity) => responses[identity ?? ''] ?? next()
    const tab = await open()
    const results = await tab.evaluate(async (names) => {
      const clients = names.map((name) => latchkey.header.createClient({ name }))
      await Promise.all(clients.map((client, index) => client.signIn({ name: names[index] ?? '' })))
      const failures = await Promise.all(
        clients.map((client) =>
          client.renew().then(
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
    }, Object.keys(responses))
    const expected: Record<string, unknown> = {
      unknown: ['SignedOut', 'signed-out', true],
      // Nobody is signed out, and another try would not help.
      missing: ['Refused', 'signed-in', true],
      forbidden: ['Refused', 'signed-in', true],
    }
    expect(results).toEqual(
      Object.keys(responses).map((name) => expected[name] ?? ['Unreachable', 'signed-in', false]),
    )
  })

  for (const mode of MODES) {
    test.concurrent(
      `${mode} mode: offline, the session stays; online, the client renews it without a request`,
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

  test.concurrent(
    'a refresh without a response: all tabs wait for one try at most',
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

  test.concurrent(
    'a server that never responds: Unreachable after six seconds, then the same attempt again',
    async ({ expect, site, openSignedIn }) => {
      const [tab] = await openSignedIn(1)
      site.expireAll()
      site.onRefresh = never
      const at = Date.now()
      expect(
        await tab.evaluate(() => client.fetch('/orders').catch((error: Error) => error.name)),
      ).toBe('Unreachable')
      expect(Date.now() - at).toBeLessThan(12_000)
      expect(await stateOf(tab)).toMatchObject({ status: 'signed-in', reachable: false })
      site.onRefresh = (next) => next()
      await tab.evaluate(() => client.renew())
      expect(await fetchAtOnce([tab], 1)).toEqual([200])
      expect(site.refreshes).toBe(3)
      expect(new Set(site.attempts).size).toBe(1)
    },
  )
})
