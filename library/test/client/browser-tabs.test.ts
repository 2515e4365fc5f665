import {
  describeInBrowser,
  eventsOf,
  fetchAtOnce,
  gate,
  MODES,
  pause,
  stateOf,
  type Page,
} from './browser.ts'
import type { Fate } from './site.ts'

const never: Fate = () => new Promise(() => {})

/** Ways in which a tab is gone. */
const ENDS: Record<string, (tab: Page) => Promise<unknown>> = {
  closed: (tab) => tab.close(),
  crashed: async (tab) => {
    const devtools = await tab.context().newCDPSession(tab)
    // Nobody is left to answer.
    void devtools.send('Page.crash').catch(() => {})
    await tab.waitForEvent('crash')
  },
  'sent elsewhere': (tab) => tab.goto('about:blank'),
}

describeInBrowser('a tab that is gone or still', (test) => {
  for (const [how, end] of Object.entries(ENDS)) {
    for (const sent of [false, true]) {
      test(`${how} with the lock in its hands, ${sent ? 'after' : 'before'} it has sent anything: the others go on at once`, async ({
        expect,
        site,
        openSignedIn,
      }) => {
        const [first, second] = await openSignedIn(2)
        site.expireAll()
        if (sent) site.onRefresh = never
        else
          await first.evaluate(() => {
            const { fetch } = globalThis
            globalThis.fetch = (...given) =>
              (given[0] as string).endsWith('/refresh') ? new Promise(() => {}) : fetch(...given)
          })
        void first.evaluate(() => void client.fetch('/orders').catch(() => {})).catch(() => {})
        await expect
          .poll(() => second.evaluate(async () => (await navigator.locks.query()).held?.length))
          .toBe(1)
        await expect.poll(() => site.refreshes).toBe(sent ? 1 : 0)
        site.onRefresh = (go) => go()
        await end(first)
        const at = Date.now()
        expect(await fetchAtOnce([second], 2)).toEqual([200, 200])
        expect(Date.now() - at).toBeLessThan(4000)
        expect(new Set(site.attempts).size).toBe(1)
        expect(site.reuses).toBe(0)
      })
    }
  }

  test.together(
    'frozen with the lock in its hands: the others go on after ten seconds at the latest',
    async ({ expect, site, context, openSignedIn }) => {
      const [first, second] = await openSignedIn(2)
      site.expireAll()
      site.onRefresh = never
      void first.evaluate(() => void client.fetch('/orders').catch(() => {}))
      await expect.poll(() => site.refreshes).toBe(1)
      const devtools = await context.newCDPSession(first)
      // No script of a paused tab runs, its timers neither, and it keeps its locks.
      let paused = 0
      devtools.on('Debugger.paused', () => paused++)
      await devtools.send('Debugger.enable')
      await devtools.send('Debugger.pause')
      site.onRefresh = (go) => go()
      const at = Date.now()
      expect(await fetchAtOnce([second], 2)).toEqual([200, 200])
      expect(Date.now() - at).toBeLessThan(13_000)
      expect(paused).toBe(1)
      await devtools.send('Debugger.resume')
      expect(await fetchAtOnce([first], 1)).toEqual([200])
      expect((await stateOf(first)).status).toBe('signed-in')
      expect(site.reuses).toBe(0)
    },
  )

  for (const mode of MODES) {
    test(`${mode} mode: reloaded after the server rotated and before the answer came: the same attempt, and signed in`, async ({
      expect,
      site,
      open,
      openSignedIn,
    }) => {
      site.grace = 0.001
      const [tab] = await openSignedIn(1, { mode })
      site.expireAll()
      const late = gate()
      let rotated = 0
      site.onRefresh = async (go) => {
        const answer = await go()
        rotated++
        await late.opened
        return answer
      }
      void tab.evaluate(() => void client.fetch('/orders').catch(() => {})).catch(() => {})
      await expect.poll(() => rotated).toBe(1)
      await tab.goto('about:blank')
      late.open()
      expect(await fetchAtOnce([await open({ mode })], 2)).toEqual([200, 200])
      expect(new Set(site.attempts.map((header) => header.split(', ')[0])).size).toBe(1)
      expect(site.reuses).toBe(0)
    })

    test(`${mode} mode: 401s that come late make no refresh of their own`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      const [tab] = await openSignedIn(1, { mode })
      site.expireAll()
      const late = gate()
      let held = 0
      site.onApplication = async (go) => {
        const answer = await go()
        if (answer.status === 401 && held++ > 0) await late.opened
        return answer
      }
      // No more than a browser sends at once, and none that its cache would hold back.
      const asked = tab.evaluate(async () => {
        const responses = await Promise.all(
          Array.from({ length: 4 }, (_, body) =>
            client.fetch('/orders', { method: 'POST', body: String(body) }),
          ),
        )
        return responses.map(({ status }) => status)
      })
      await expect.poll(() => eventsOf(tab)).toContain('renewed')
      await expect.poll(() => held).toBe(4)
      late.open()
      expect(await asked).toEqual([200, 200, 200, 200])
      expect(site.refreshes).toBe(1)
    })

    test(`${mode} mode: asleep for the night, awake offline, then online: one refresh for five tabs`, async ({
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
      await pause(1000)
      for (const tab of tabs) expect((await stateOf(tab)).status).toBe('signed-in')
      await context.setOffline(false)
      await expect
        .poll(async () => (await fetchAtOnce(tabs, 2)).every((outcome) => outcome === 200))
        .toBe(true)
      expect(site.refreshes).toBe(1)
    })
  }

  test('gone for the history in the middle of a refresh, and back: signed in, and the session is one', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [tab, other] = await openSignedIn(2)
    site.expireAll()
    const late = gate()
    site.onRefresh = async (go) => {
      const answer = await go()
      await late.opened
      return answer
    }
    void tab.evaluate(() => void client.fetch('/orders').catch(() => {})).catch(() => {})
    await expect.poll(() => site.refreshes).toBe(1)
    await tab.goto(`${site.origin}/public`)
    late.open()
    expect(await fetchAtOnce([other], 1)).toEqual([200])
    await tab.goBack({ waitUntil: 'commit' })
    await tab.waitForFunction(() => 'client' in globalThis || 'latchkey' in globalThis)
    expect(await other.evaluate(() => client.state.status)).toBe('signed-in')
    expect(site.reuses).toBe(0)
  })

  test('mounted twice, replaced twenty times, and beside a second copy: one timer, one refresh, nothing left behind', async ({
    expect,
    site,
    open,
  }) => {
    site.lifetime = 4
    const tab = await open({}, () => {
      let timers = 0
      const { setTimeout, clearTimeout } = globalThis
      const due = new Set<unknown>()
      Object.assign(globalThis, {
        setTimeout: (run: () => void, delay?: number) => {
          const id = setTimeout(() => (due.delete(id), run()), delay)
          if ((delay ?? 0) > 1500 && (delay ?? 0) < 4000) due.add(id)
          timers = due.size
          return id
        },
        clearTimeout: (id: number) => (due.delete(id), (timers = due.size), clearTimeout(id)),
        timers: () => timers,
      })
    })
    await tab.evaluate(() => client.signIn({ name: 'ann', password: 'right' }))
    const timers = await tab.evaluate(async () => {
      for (let mount = 0; mount < 20; mount++) {
        const one = latchkey.cookie.createClient()
        await one.ready
        one.dispose()
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

  test('signed out everywhere: another device is out as well, and offline it is made good later', async ({
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
