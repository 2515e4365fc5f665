import { expect } from 'vitest'
import { describeInBrowser, eventsOf, fetchAtOnce, MODES, pause, stateOf, type Page } from './browser.ts'
import type { Answer } from './site.ts'

/** The first refresh meets this, the others nothing. */
const once = (fate: (go: () => Answer) => Answer | 'lost' | Promise<Answer | 'lost'>) => {
  let met = false
  return (go: () => Answer) => (met ? go() : ((met = true), fate(go)))
}
const never = (): Promise<never> => new Promise(() => {})
const firstOf = (header = ''): string | undefined => header.split(', ').at(0)

describeInBrowser('when things go wrong', (test) => {
  for (const mode of MODES) {
    test(`${mode} mode: an answer that was lost is asked for again, with the same attempt`, async ({ site, openSignedIn }) => {
      site.grace = 0
      const [tab] = await openSignedIn(1, { mode })
      site.expireAll()
      site.onRefresh = once((go) => (go(), 'lost'))
      expect(await fetchAtOnce([tab], 5)).toEqual([200, 200, 200, 200, 200])
      expect(new Set(site.attempts).size).toBe(1)
      site.expireAll()
      expect(await fetchAtOnce([tab], 1)).toEqual([200])
      const [lost, next] = [site.attempts.at(0), site.attempts.at(-1)]
      expect(next).toBe(`${firstOf(next)}, ${firstOf(lost)}`)
      expect(firstOf(next)).not.toBe(firstOf(lost))
      expect(site.reuses).toBe(0)
    })

    test(`${mode} mode: lost, the tab closed, and hours later another one: the same attempt still`, async ({ site, open, openSignedIn }) => {
      site.grace = 0
      const [tab] = await openSignedIn(1, { mode })
      site.expireAll()
      site.onRefresh = (go) => (go(), 'lost')
      void tab.evaluate(() => void client.fetch('/orders').catch(() => {}))
      await expect.poll(() => site.refreshes).toBeGreaterThan(0)
      await tab.close()
      site.onRefresh = (go) => go()
      site.expireAll()
      expect(await fetchAtOnce([await open({ mode })], 1)).toEqual([200])
      expect(new Set(site.attempts).size).toBe(1)
      expect(site.reuses).toBe(0)
    })

    test(`${mode} mode: without locks, IndexedDB and channels it works from memory`, async ({ site, open }) => {
      const tab = await open({ mode }, () => {
        for (const name of ['indexedDB', 'BroadcastChannel']) {
          Object.defineProperty(globalThis, name, { get: () => { throw new DOMException('blocked', 'SecurityError') } })
        }
        Object.defineProperty(navigator, 'locks', { value: undefined })
      })
      await tab.evaluate(() => client.signIn({ name: 'ann' }))
      for (let expiry = 1; expiry <= 2; expiry++) {
        site.expireAll()
        expect(new Set(await fetchAtOnce([tab], 20))).toEqual(new Set([200]))
        expect(site.refreshes).toBe(expiry)
      }
      await tab.evaluate(() => client.signOut())
      expect((await stateOf(tab)).status).toBe('signed-out')
      expect(site.signOuts).toBe(1)
    })

    test(`${mode} mode: offline, nobody is signed out; online, all is well by itself`, async ({ site, context, openSignedIn }) => {
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
      await expect.poll(() => eventsOf(tab)).toEqual(['signed-out', 'signed-in', 'unreachable', 'renewed', 'reachable'])
      expect(await fetchAtOnce([tab], 1)).toEqual([200])
      expect(site.refreshes).toBe(1)
    })

    test(`${mode} mode: a sign-out offline holds, and the server hears of it later`, async ({ site, context, open, openSignedIn }) => {
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

  test('a tab that is closed in the middle of a refresh holds nobody up', async ({ site, openSignedIn }) => {
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

  test('no answer but a definitive one signs out', async ({ site, open }) => {
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
    }
    site.onRefresh = (go, who) => strange[who ?? ''] ?? go()
    const tab = await open()
    const results = await tab.evaluate(async (names) => {
      const clients = names.map((name) => latchkey.createClient({ mode: 'header', name }))
      await Promise.all(clients.map((one, index) => one.signIn({ name: names[index] ?? '' })))
      const failures = await Promise.all(clients.map((one) => one.renew().then(() => 'renewed', (error: Error) => error.name)))
      return clients.map(({ state: { status, reachable } }, index) => [failures[index], status, reachable])
    }, Object.keys(strange))
    expect(results).toEqual(Object.keys(strange).map(() => ['Unreachable', 'signed-in', false]))
  })

  test('in cookie mode, a browser without the cookie is signed out', async ({ site, context, openSignedIn }) => {
    const [tab, other] = await openSignedIn(2)
    await context.clearCookies()
    await other.evaluate(() => void dispatchEvent(new Event('focus')))
    expect(await fetchAtOnce([tab], 1)).toEqual([401])
    for (const one of [tab, other]) expect(await stateOf(one)).toMatchObject({ status: 'signed-out', reason: 'token_missing' })
    expect(site.refreshes).toBe(0)
  })

  test('a wall clock that is wrong, or set while we look, makes at most one refresh', async ({ site, open, openSignedIn }) => {
    const [tab] = await openSignedIn(1)
    for (const days of [1, -1, 3650, -3650]) {
      await tab.evaluate((days) => {
        const { now } = Date
        Date.now = () => now() + days * 864e5
      }, days)
      expect(new Set(await fetchAtOnceNow(tab, 20))).toEqual(new Set([200]))
    }
    expect(site.refreshes).toBe(0)
    const wrong = await open({}, () => {
      const { now } = Date
      Date.now = () => now() + 864e5
    })
    for (const one of [wrong, tab, wrong]) expect(new Set(await fetchAtOnceNow(one, 20))).toEqual(new Set([200]))
    expect(site.refreshes).toBe(1)
  })

  test('a page that comes back from the history finds out what it missed', async ({ site, openSignedIn }) => {
    const [tab, other] = await openSignedIn(2)
    await tab.evaluate(() => addEventListener('pageshow', ({ persisted }) => void ((globalThis as { persisted?: boolean }).persisted = persisted)))
    await tab.goto(`${site.origin}/public`)
    await other.evaluate(() => fetch('/logout', { method: 'POST' }))
    await tab.goBack({ waitUntil: 'commit' })
    expect(await tab.evaluate(() => (globalThis as { persisted?: boolean }).persisted)).toBe(true)
    await expect.poll(() => stateOf(tab)).toMatchObject({ status: 'signed-out', reason: 'token_missing' })
  })

  test('a session that began on a page without scripts is found by its cookie, and one that ended there is gone', async ({ site, openSignedIn }) => {
    const [tab] = await openSignedIn(1)
    await tab.evaluate(() => fetch('/login', { method: 'POST', body: new URLSearchParams({ name: 'bob', mode: 'cookie' }) }))
    site.expireAll()
    expect(await fetchAtOnce([tab], 2)).toEqual([200, 200])
    expect((await eventsOf(tab)).slice(2)).toEqual(['replaced', 'renewed'])
    expect(site.seen.map(({ identity }) => identity)).not.toContain('ann')
    await tab.evaluate(() => fetch('/logout', { method: 'POST' }))
    expect(await fetchAtOnce([tab], 1)).toEqual([401])
    expect((await stateOf(tab)).status).toBe('signed-out')
  })

  test.together('a refresh that never answers holds nobody up for more than 6 s, in any tab', async ({ site, openSignedIn }) => {
    const [first, second] = await openSignedIn(2)
    site.expireAll()
    site.onRefresh = once(never)
    const at = Date.now()
    const waiting = fetchAtOnce([first], 3)
    await expect.poll(() => site.refreshes).toBe(1)
    expect(await fetchAtOnce([second], 3)).toEqual([200, 200, 200])
    expect(await waiting).toEqual([200, 200, 200])
    expect(Date.now() - at).toBeLessThan(6000)
    expect(site.refreshes).toBe(2)
  })

  test.together('a lifetime that makes no sense makes no storm', async ({ site, open }) => {
    const lifetimes: Record<string, unknown> = { missing: undefined, negative: -5, zero: 0, huge: 1e15, text: '300', tiny: 0.2, none: null }
    site.says = (who) => lifetimes[who]
    const tab = await open()
    const start = Date.now()
    const generations = await tab.evaluate(async (names) => {
      const clients = names.map((name) => latchkey.createClient({ mode: 'header', name: `storm-${name}` }))
      await Promise.all(clients.map((one, index) => one.signIn({ name: names[index] ?? '' })))
      for (let round = 0; round < 4; round++) {
        await Promise.all(clients.map((one) => one.fetch('/orders')))
        await new Promise((resolve) => setTimeout(resolve, 600))
      }
      clients.forEach((one) => one.dispose())
      return clients.map((one) => one.state.generation)
    }, Object.keys(lifetimes))
    expect(generations).toEqual([0, 0, 0, 0, 0, 0, 0])
    expect(site.seen.every(({ status }) => status === 200)).toBe(true)
    expect(site.refreshes).toBeLessThanOrEqual((Date.now() - start) / 1000)
  })

  test.together('a hidden tab sets no timer, and renews when it is shown', async ({ site, openSignedIn }) => {
    site.lifetime = 2
    const [tab] = await openSignedIn(1)
    const show = (state: string) =>
      tab.evaluate((state) => {
        Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state })
        document.dispatchEvent(new Event('visibilitychange'))
      }, state)
    await show('hidden')
    await pause(2200)
    expect(site.refreshes).toBe(0)
    await show('visible')
    await expect.poll(() => site.refreshes).toBe(1)
  })
})

/** Without a start in common, for pages whose clock is wrong. */
async function fetchAtOnceNow(tab: Page, requests: number): Promise<number[]> {
  return tab.evaluate((requests) => Promise.all(Array.from({ length: requests }, () => client.fetch('/orders').then(({ status }) => status))), requests)
}
