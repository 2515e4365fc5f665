import { describeInBrowser, MODES, type Page } from './browser.ts'

/** The environment variable sets it: 1000 take some minutes. */
const EXPIRIES = Number(process.env.EXPIRIES ?? 25)

/** Sends one request from each tab, all within a few milliseconds. Returns the status of each. */
async function fetchInAll(tabs: Page[]): Promise<number[]> {
  const at = Date.now() + 25
  const fetchAt = async (at: number): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, at - Date.now() + Math.random() * 5))
    return (await client.fetch('/orders')).status
  }
  return Promise.all(tabs.map((tab) => tab.evaluate(fetchAt, at)))
}

describeInBrowser('many expiries in a row', (test) => {
  for (const mode of MODES) {
    test(`${mode} mode: five tabs send one refresh, with a new attempt, for each expiry`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      site.grace = 0.001
      const tabs = await openSignedIn(5, { mode })
      for (let expiry = 1; expiry <= EXPIRIES; expiry++) {
        site.expireAll()
        expect(await fetchInAll(tabs)).toEqual([200, 200, 200, 200, 200])
        expect(site.refreshes).toBe(expiry)
      }
      expect(new Set(site.attempts.map((header) => header.split(', ')[0])).size).toBe(EXPIRIES)
      expect(
        site.events.filter(({ type }) => type !== 'refreshed' && type !== 'signed-in'),
      ).toEqual([])
    }, 1_200_000)

    test(`${mode} mode: without Web Locks each tab sends one refresh at most`, async ({
      expect,
      site,
      open,
    }) => {
      const withoutLocks = () => Object.defineProperty(navigator, 'locks', { value: undefined })
      const first = await open({ mode }, withoutLocks)
      await first.evaluate(() => client.signIn({ name: 'ann', password: 'right' }))
      const tabs = [first, await open({ mode }, withoutLocks), await open({ mode }, withoutLocks)]
      for (let expiry = 1; expiry <= 10; expiry++) {
        const before = site.refreshes
        site.expireAll()
        expect(await fetchInAll(tabs)).toEqual([200, 200, 200])
        expect(site.refreshes - before).toBeLessThanOrEqual(3)
      }
      expect(site.reuses).toBe(0)
    })
  }
})
