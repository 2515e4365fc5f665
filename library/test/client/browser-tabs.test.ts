import {
  describeInBrowser,
  eventsOf,
  fetchAtOnce,
  gate,
  MODES,
  sleep,
  stateOf,
  type Page,
} from './browser.ts'
import type { Handler } from './site.ts'

const never: Handler = () => new Promise(() => {})

/** How a tab goes away. */
const ENDS: Record<string, (tab: Page) => Promise<unknown>> = {
  closed: (tab) => tab.close(),
  crashed: async (tab) => {
    const devtools = await tab.context().newCDPSession(tab)
    // A crashed tab does not respond.
    void devtools.send('Page.crash').catch(() => {})
    await tab.waitForEvent('crash')
  },
  navigated: (tab) => tab.goto('about:blank'),
}

describeInBrowser('a tab that closes, crashes or freezes', (test) => {
  for (const [name, end] of Object.entries(ENDS)) {
    for (const isSent of [false, true]) {
      const when = isSent ? 'after' : 'before'
      test(`${name} with the lock, ${when} its refresh was sent: the others go on at once`, async ({
        expect,
        site,
        openSignedIn,
      }) => {
        const [first, second] = await openSignedIn(2)
        site.expireAll()
        if (isSent) site.onRefresh = never
        else
          await first.evaluate(() => {
            const { fetch } = globalThis
            globalThis.fetch = (...args) =>
              (args[0] as string).endsWith('/refresh') ? new Promise(() => {}) : fetch(...args)
          })
        void first.evaluate(() => void client.fetch('/orders').catch(() => {})).catch(() => {})
        await expect
          .poll(() => second.evaluate(async () => (await navigator.locks.query()).held?.length))
          .toBe(1)
        await expect.poll(() => site.refreshes).toBe(isSent ? 1 : 0)
        site.onRefresh = (next) => next()
        await end(first)
        const at = Date.now()
        expect(await fetchAtOnce([second], 2)).toEqual([200, 200])
        // Less than the 10 s after which a tab no longer waits for the lock.
        expect(Date.now() - at).toBeLessThan(8000)
        expect(new Set(site.attempts).size).toBe(1)
        expect(site.reuses).toBe(0)
      })
    }
  }

  test.concurrent(
    'frozen while it holds the lock: the others go on after ten seconds',
    async ({ expect, site, context, openSignedIn }) => {
      const [first, second] = await openSignedIn(2)
      site.expireAll()
      site.onRefresh = never
      void first.evaluate(() => void client.fetch('/orders').catch(() => {}))
      await expect.poll(() => site.refreshes).toBe(1)
      const devtools = await context.newCDPSession(first)
      // A paused tab runs no script and no timer, and keeps its locks.
      let paused = 0
      devtools.on('Debugger.paused', () => paused++)
      await devtools.send('Debugger.enable')
      await devtools.send('Debugger.pause')
      site.onRefresh = (next) => next()
      const at = Date.now()
      expect(await fetchAtOnce([second], 2)).toEqual([200, 200])
      expect(Date.now() - at).toBeLessThan(20_000)
      expect(paused).toBe(1)
      await devtools.send('Debugger.resume')
      expect(await fetchAtOnce([first], 1)).toEqual([200])
      expect((await stateOf(first)).status).toBe('signed-in')
      expect(site.reuses).toBe(0)
    },
  )

  for (const mode of MODES) {
    test(`${mode} mode: reloaded during a rotation: the same attempt, still signed in`, async ({
      expect,
      site,
      open,
      openSignedIn,
    }) => {
      site.grace = 0.001
      const [tab] = await openSignedIn(1, { mode })
      site.expireAll()
      const responseGate = gate()
      let rotated = 0
      site.onRefresh = async (next) => {
        const response = await next()
        rotated++
        await responseGate.opened
        return response
      }
      void tab.evaluate(() => void client.fetch('/orders').catch(() => {})).catch(() => {})
      await expect.poll(() => rotated).toBe(1)
      await tab.goto('about:blank')
      responseGate.open()
      expect(await fetchAtOnce([await open({ mode })], 2)).toEqual([200, 200])
      expect(new Set(site.attempts.map((header) => header.split(', ')[0])).size).toBe(1)
      expect(site.reuses).toBe(0)
    })

    test(`${mode} mode: 401s that arrive after the renewal cause no further refresh`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      const [tab] = await openSignedIn(1, { mode })
      site.expireAll()
      const responseGate = gate()
      let unauthorized = 0
      site.onApplication = async (next) => {
        const response = await next()
        if (response.status === 401 && unauthorized++ > 0) await responseGate.opened
        return response
      }
      // As many as a browser sends at once, and as POST: equal GETs would wait for the cache.
      const statuses = tab.evaluate(async () => {
        const responses = await Promise.all(
          Array.from({ length: 4 }, (_, body) =>
            client.fetch('/orders', { method: 'POST', body: String(body) }),
          ),
        )
        return responses.map(({ status }) => status)
      })
      await expect.poll(() => eventsOf(tab)).toContain('renewed')
      await expect.poll(() => unauthorized).toBe(4)
      responseGate.open()
      expect(await statuses).toEqual([200, 200, 200, 200])
      expect(site.refreshes).toBe(1)
    })

    test(`${mode} mode: offline after a night, then online: one refresh for all tabs`, async ({
      expect,
      site,
      context,
      openSignedIn,
    }) => {
      const tabs = await openSignedIn(5, { mode })
      site.expireAll()
      await context.setOffline(true)
      for (const tab of tabs) {
        await tab.evaluate(() => {
          const { now } = Date
          Date.now = () => now() + 8 * 3_600_000
          void client.fetch('/orders').catch(() => {})
          dispatchEvent(new Event('pageshow'))
        })
      }
      await sleep(1000)
      for (const tab of tabs) expect((await stateOf(tab)).status).toBe('signed-in')
      await context.setOffline(false)
      await expect
        .poll(async () => (await fetchAtOnce(tabs, 2)).every((result) => result === 200))
        .toBe(true)
      expect(site.refreshes).toBe(1)
    })
  }

  test('navigated away during a refresh, and back: still signed in, without reuse', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [tab, other] = await openSignedIn(2)
    site.expireAll()
    const responseGate = gate()
    site.onRefresh = async (next) => {
      const response = await next()
      await responseGate.opened
      return response
    }
    void tab.evaluate(() => void client.fetch('/orders').catch(() => {})).catch(() => {})
    await expect.poll(() => site.refreshes).toBe(1)
    await tab.goto(`${site.origin}/public`)
    responseGate.open()
    expect(await fetchAtOnce([other], 1)).toEqual([200])
    await tab.goBack({ waitUntil: 'commit' })
    await tab.waitForFunction(() => 'client' in globalThis || 'latchkey' in globalThis)
    expect(await other.evaluate(() => client.state.status)).toBe('signed-in')
    expect(site.reuses).toBe(0)
  })

  test('twenty clients made and disposed, and a second one: one timer, one refresh', async ({
    expect,
    site,
    open,
  }) => {
    // Renewed after 3.75 s.
    site.lifetime = 5
    site.claimedLifetime = () => 5
    const tab = await open({}, () => {
      let timers = 0
      const { setTimeout, clearTimeout } = globalThis
      const due = new Set<unknown>()
      Object.assign(globalThis, {
        setTimeout: (run: () => void, delay?: number) => {
          const id = setTimeout(() => (due.delete(id), run()), delay)
          // Without the time limit of the storage, 3 s.
          if ((delay ?? 0) > 1500 && (delay ?? 0) < 4000 && delay !== 3000) due.add(id)
          timers = due.size
          return id
        },
        clearTimeout: (id: number) => (due.delete(id), (timers = due.size), clearTimeout(id)),
        timers: () => timers,
      })
    })
    await tab.evaluate(() => client.signIn({ name: 'ann', password: 'right' }))
    const timers = await tab.evaluate(async () => {
      for (let round = 0; round < 20; round++) {
        const disposed = latchkey.cookie.createClient()
        await disposed.ready
        disposed.dispose()
      }
      return (globalThis as unknown as { timers(): number }).timers()
    })
    expect(timers).toBe(1)
    const before = site.refreshes
    site.expireAll()
    const statuses = await tab.evaluate(async () => {
      const second = latchkey.cookie.createClient()
      await second.ready
      const responses = await Promise.all(
        [client, second].flatMap((one) => [one.fetch('/orders'), one.fetch('/orders')]),
      )
      second.dispose()
      return responses.map(({ status }) => status)
    })
    expect(statuses).toEqual([200, 200, 200, 200])
    expect(site.refreshes - before).toBe(1)
  })

  test('signed out everywhere while offline: the session of another device ends later', async ({
    expect,
    site,
    context,
    openSignedIn,
  }) => {
    const [tab] = await openSignedIn(1)
    const elsewhere = await site.auth.signIn('ann')
    await context.setOffline(true)
    await tab.evaluate(() => client.signOut({ everywhere: true }))
    expect(await site.auth.explain(elsewhere.sessionId)).toMatchObject({ end: null })
    await context.setOffline(false)
    await expect
      .poll(async () => (await site.auth.explain(elsewhere.sessionId))?.end?.reason)
      .toBe('signed-out-everywhere')
  })
})
