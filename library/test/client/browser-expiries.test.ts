import { describeInBrowser, MODES, type Page } from './browser.ts'

/** `EXPIRIES=1000` takes some minutes. */
const EXPIRIES = Number(process.env.EXPIRIES ?? 25)

/** One request of each tab, within a few milliseconds of one another. */
async function ask(tabs: Page[]): Promise<number[]> {
  const at = Date.now() + 25
  const one = async (at: number): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, at - Date.now() + Math.random() * 5))
    return (await client.fetch('/orders')).status
  }
  return Promise.all(tabs.map((tab) => tab.evaluate(one, at)))
}

describeInBrowser('expiry after expiry', (test) => {
  for (const mode of MODES) {
    test(`${mode} mode: ${EXPIRIES} expiries with five tabs are ${EXPIRIES} refreshes, and no token is sent twice`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      site.grace = 0.001
      const tabs = await openSignedIn(5, { mode })
      for (let expiry = 1; expiry <= EXPIRIES; expiry++) {
        site.expireAll()
        expect(await ask(tabs)).toEqual([200, 200, 200, 200, 200])
        expect(site.refreshes).toBe(expiry)
      }
      expect(new Set(site.attempts.map((header) => header.split(', ')[0])).size).toBe(EXPIRIES)
      expect(
        site.events.filter(({ type }) => type !== 'refreshed' && type !== 'signed-in'),
      ).toEqual([])
    }, 1_200_000)

    test(`${mode} mode: without locks at most one refresh a tab, and nobody is signed out`, async ({
      expect,
      site,
      open,
    }) => {
      const bare = () => Object.defineProperty(navigator, 'locks', { value: undefined })
      const first = await open({ mode }, bare)
      await first.evaluate(() => client.signIn({ name: 'ann', password: 'right' }))
      const tabs = [first, await open({ mode }, bare), await open({ mode }, bare)]
      for (let expiry = 1; expiry <= 10; expiry++) {
        const before = site.refreshes
        site.expireAll()
        expect(await ask(tabs)).toEqual([200, 200, 200])
        expect(site.refreshes - before).toBeLessThanOrEqual(3)
      }
      expect(site.reuses).toBe(0)
    })
  }
})
