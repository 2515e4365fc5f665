import { expect } from 'vitest'
import { describeInBrowser, eventsOf, fetchAtOnce, gate, MODES, pause, stateOf } from './browser.ts'

describeInBrowser('one session in several tabs', (test) => {
  for (const mode of MODES) {
    test(`${mode} mode: five tabs with fifty requests each make one refresh`, async ({ site, openSignedIn }) => {
      const tabs = await openSignedIn(5, { mode })
      site.grace = 0
      for (const [index, requests] of [50, 2, 2].entries()) {
        site.expireAll()
        expect(await fetchAtOnce(tabs, requests)).toEqual(Array.from({ length: 5 * requests }, () => 200))
        expect(site.refreshes).toBe(index + 1)
      }
    })

    test(`${mode} mode: a sign-out is seen in every tab within 100 ms, and a late answer does not undo it`, async ({ site, context, open, openSignedIn }) => {
      const [first, second, third] = await openSignedIn(3, { mode })
      const late = gate()
      site.expireAll()
      site.onRefresh = async (go) => {
        const answer = go()
        await late.opened
        return answer
      }
      const waiting = first.evaluate(() => client.fetch('/orders').then(String, (error: Error) => error.name))
      await expect.poll(() => site.refreshes).toBe(1)
      const at = await second.evaluate(async () => {
        const now = Date.now()
        await client.signOut()
        return now
      })
      expect(await waiting).toBe('SignedOut')
      for (const tab of [first, second, third]) {
        const last = await tab.evaluate(() => told.filter(({ type }) => type === 'signed-out').at(-1))
        expect(last).toMatchObject({ type: 'signed-out', reason: 'session_signed_out', by: tab === second ? 'this tab' : 'another tab' })
        expect((last?.at ?? Infinity) - at).toBeLessThan(100)
      }
      late.open()
      // The answer brought the cookies back, so they are sent away again.
      await expect.poll(() => site.signOuts).toBe(mode === 'cookie' ? 2 : 1)
      await expect.poll(async () => (await context.cookies()).length).toBe(0)
      const fresh = await open({ mode })
      for (const tab of [first, second, third, fresh]) expect(await stateOf(tab)).toMatchObject({ status: 'signed-out', sessionId: null })
      expect(await fetchAtOnce([first, fresh], 1)).toEqual([401, 401])
    })

    test(`${mode} mode: a sign-in waits for the refresh of the session before, and its requests are its own`, async ({ site, openSignedIn }) => {
      const [first, second] = await openSignedIn(2, { mode })
      const slow = gate()
      site.expireAll()
      site.onRefresh = async (go) => (await slow.opened, go())
      const queued = first.evaluate(() => client.fetch('/orders', { method: 'POST', body: 'of ann' }).then(String, (error: Error) => error.name))
      await expect.poll(() => site.refreshes).toBe(1)
      const signIn = second.evaluate(() => client.signIn({ name: 'bob', password: 'right' }))
      await pause(100)
      slow.open()
      expect(await signIn).toEqual({ ok: true })
      await queued
      await expect.poll(() => eventsOf(first)).toContain('replaced')
      expect(await first.evaluate(() => client.fetch('/orders', { method: 'POST', body: 'of bob' }).then(({ status }) => status))).toBe(200)
      expect(site.seen.filter(({ identity }) => identity === 'bob').map(({ body }) => body)).toEqual(['of bob'])
      expect((await stateOf(first)).sessionId).toBe((await stateOf(second)).sessionId)
    })

    test(`${mode} mode: a tab that is opened later knows at once, without the network`, async ({ site, open, openSignedIn }) => {
      await openSignedIn(1, { mode })
      const late = await open({ mode })
      expect(await late.evaluate(() => client.ready)).toMatchObject({ status: 'signed-in', generation: 0 })
      expect(await fetchAtOnce([late], 1)).toEqual([200])
      expect(site.refreshes).toBe(0)
    })

    test(`${mode} mode: a session that the server ended is over in every tab, and says why`, async ({ site, openSignedIn }) => {
      const tabs = await openSignedIn(3, { mode })
      site.end('ann', 'reused')
      expect(await fetchAtOnce(tabs.slice(0, 1), 3)).toEqual(['SignedOut', 'SignedOut', 'SignedOut'])
      for (const tab of tabs) await expect.poll(() => stateOf(tab)).toMatchObject({ status: 'signed-out', reason: 'session_reused' })
      for (const tab of tabs) expect((await eventsOf(tab)).slice(-2)).toEqual(['signed-in', 'signed-out'])
      expect(site.refreshes).toBe(1)
    })
  }

  for (const mode of MODES) {
    test.together(`${mode} mode: short tokens are renewed in time, by one tab for all`, async ({ site, openSignedIn }) => {
      site.lifetime = 5
      site.grace = 0
      const tabs = await openSignedIn(3, { mode })
      const start = Date.now()
      while (Date.now() - start < 6000) {
        await fetchAtOnce(tabs, 2)
        await pause(300)
      }
      expect(site.seen.filter(({ status }) => status !== 200)).toEqual([])
      expect(site.refreshes).toBeGreaterThan(0)
      expect(site.refreshes).toBeLessThanOrEqual((Date.now() - start) / 3750)
      expect(site.reuses).toBe(0)
    })
  }
})
