import { describeInBrowser, eventsOf, fetchAtOnce, MODES, pause, stateOf } from './browser.ts'
import type { Answer } from './site-parts.ts'
import type { Fate } from './site.ts'

/** The first refresh meets this, the others nothing. */
const once = (fate: Fate): Fate => {
  let met = false
  return (go, who) => (met ? go() : ((met = true), fate(go, who)))
}
const never = (): Promise<never> => new Promise(() => {})
const firstOf = (header = ''): string | undefined => header.split(', ').at(0)

describeInBrowser('when the network or the server fails', (test) => {
  test('a tab that is closed in the middle of a refresh holds nobody up', async ({ expect, site, openSignedIn }) => {
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
    test(`${mode} mode: an answer that was lost is asked for again, with the same attempt`, async ({ expect, site, openSignedIn }) => {
      site.grace = 0.001
      const [tab] = await openSignedIn(1, { mode })
      site.expireAll()
      site.onRefresh = once(async (go) => (await go(), 'lost'))
      expect(await fetchAtOnce([tab], 5)).toEqual([200, 200, 200, 200, 200])
      expect(new Set(site.attempts).size).toBe(1)
      site.expireAll()
      expect(await fetchAtOnce([tab], 1)).toEqual([200])
      const [lost, next] = [site.attempts.at(0), site.attempts.at(-1)]
      expect(next).toBe(`${firstOf(next)}, ${firstOf(lost)}`)
      expect(firstOf(next)).not.toBe(firstOf(lost))
      expect(site.reuses).toBe(0)
    })

    test(`${mode} mode: lost, the tab closed, and hours later another tab: the same attempt`, async ({ expect, site, open, openSignedIn }) => {
      site.grace = 0.001
      const [tab] = await openSignedIn(1, { mode })
      site.expireAll()
      site.onRefresh = async (go) => (await go(), 'lost')
      void tab.evaluate(() => void client.fetch('/orders').catch(() => {}))
      await expect.poll(() => site.refreshes).toBeGreaterThan(0)
      await tab.close()
      site.onRefresh = (go) => go()
      site.expireAll()
      expect(await fetchAtOnce([await open({ mode })], 1)).toEqual([200])
      expect(new Set(site.attempts).size).toBe(1)
      expect(site.reuses).toBe(0)
    })

    test(`${mode} mode: a sign-out offline holds, and the server hears of it later`, async ({ expect, site, context, open, openSignedIn }) => {
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
    }
    site.onRefresh = (go, who) => strange[who ?? ''] ?? go()
    const tab = await open()
    const results = await tab.evaluate(async (names) => {
      const clients = names.map((name) => latchkey.header.createClient({ name }))
      await Promise.all(clients.map((one, index) => one.signIn({ name: names[index] ?? '' })))
      const failures = await Promise.all(clients.map((one) => one.renew().then(() => 'renewed', (error: Error) => error.name)))
      return clients.map(({ state: { status, reachable } }, index) => [failures[index], status, reachable])
    }, Object.keys(strange))
    expect(results).toEqual(Object.keys(strange).map(() => ['Unreachable', 'signed-in', false]))
  })

  for (const mode of MODES) {
    test.together(`${mode} mode: offline, nobody is signed out; online, all is well by itself`, async ({ expect, site, context, openSignedIn }) => {
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
  }

  test.together('a refresh that never answers holds nobody up for longer than one try, in any tab', async ({ expect, site, openSignedIn }) => {
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
  })
})
