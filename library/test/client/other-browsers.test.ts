/** The most important tests of the client, in Firefox and WebKit. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { firefoxFor, webkitFor } from '../../../scripts/browsers.mjs'
import type { Mode } from '../../src/protocol.ts'
import { launchFirefox } from './drivers/firefox.ts'
import { launchWebKit } from './drivers/webkit.ts'
import type { BrowserDriver, Tab } from './drivers/driver.ts'
import { startClient } from './in-page.ts'
import { Site } from './site.ts'

const firefox = firefoxFor('the browser client in Firefox')
const webkit = webkitFor('the browser client in WebKit')

const BROWSERS: Record<string, false | (() => Promise<BrowserDriver>)> = {
  Firefox: firefox !== null && (() => launchFirefox(firefox)),
  WebKit: webkit !== null && (() => launchWebKit(webkit)),
}

declare global {
  /** In the page: the results of the requests that `beginFetch` sent. */
  var results: Promise<Array<number | string>>
}

interface Fixture {
  site: Site
  /** Opens tabs with a client, and signs in `ann` in the first. */
  openSignedIn(tabs: number): Promise<Tab[]>
}

/** Sends requests in a tab. `resultsOf` returns the status of each, or the name of its error. */
const beginFetch = (tab: Tab, requests: number, body?: string): Promise<void> =>
  tab.run(
    ({ requests, ...init }) => {
      const result = (): Promise<number | string> =>
        client.fetch('/orders', { method: 'POST', ...init }).then(
          ({ status }) => status,
          (error: Error) => error.name,
        )
      globalThis.results = Promise.all(Array.from({ length: requests }, result))
    },
    { requests, body: body ?? '' },
  )
const resultsOf = (tab: Tab): Promise<Array<number | string>> => tab.run(() => results)
const fetchIn = async (tab: Tab, requests = 1): Promise<Array<number | string>> => (
  await beginFetch(tab, requests),
  resultsOf(tab)
)
const statusOf = (tab: Tab): Promise<string> => tab.run(() => client.state.status)
const lastEventOf = (tab: Tab): Promise<string> => tab.run(() => clientEvents.at(-1)?.type ?? '')

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe.skipIf(launch === false)(`one session in several tabs of ${name}`, () => {
    let browser: BrowserDriver | undefined
    beforeAll(async () => void (launch && (browser = await launch())))
    afterAll(() => browser?.close())

    for (const mode of ['cookie', 'header'] as const) {
      const browserTest = (title: string, run: (fixture: Fixture) => Promise<void>): void =>
        test(`${mode} mode: ${title}`, () => runWithFixture(browser!, mode, run))

      browserTest(
        'five tabs with fifty requests each send one refresh for each expiry',
        async ({ site, openSignedIn }) => {
          const tabs = await openSignedIn(5)
          for (const expiries of [1, 2, 3]) {
            site.expireAll()
            await Promise.all(tabs.map((tab) => beginFetch(tab, 50)))
            const all = (await Promise.all(tabs.map(resultsOf))).flat()
            expect(new Set(all)).toEqual(new Set([200]))
            expect(site.refreshes).toBe(expiries)
          }
        },
      )

      browserTest(
        'a refresh whose response was lost is sent again with the same attempt',
        async ({ site, openSignedIn }) => {
          const [tab] = await openSignedIn(1)
          site.expireAll()
          let lost = 0
          site.onRefresh = async (next) => {
            const response = await next()
            return lost++ === 0 ? 'lost' : response
          }
          expect(await fetchIn(tab!)).toEqual([200])
          expect(site.refreshes).toBe(2)
          expect(new Set(site.attempts.map((header) => header.split(', ')[0])).size).toBe(1)
          expect(site.reuses).toBe(0)
        },
      )

      browserTest(
        'tab closed during a refresh: a waiting tab goes on at once',
        async ({ site, openSignedIn }) => {
          const [first, second] = await openSignedIn(2)
          site.expireAll()
          site.onRefresh = () => new Promise(() => {})
          await beginFetch(first!, 1)
          await expect.poll(() => site.refreshes).toBe(1)
          await beginFetch(second!, 2)
          site.onRefresh = (next) => next()
          await first!.close()
          expect(await resultsOf(second!)).toEqual([200, 200])
          expect(new Set(site.attempts).size).toBe(1)
          expect(site.reuses).toBe(0)
        },
      )

      browserTest(
        'a sign-out during a refresh reaches every tab, and a late response restores no session',
        async ({ site, openSignedIn }) => {
          const [first, second, third] = await openSignedIn(3)
          site.expireAll()
          let respond = (): void => {}
          const delay = new Promise<void>((resolve) => (respond = resolve))
          site.onRefresh = async (next) => {
            const response = await next()
            await delay
            return response
          }
          await beginFetch(first!, 1)
          await expect.poll(() => site.refreshes).toBe(1)
          await second!.run(() => client.signOut())
          expect(await resultsOf(first!)).toEqual(['SignedOut'])
          respond()
          for (const tab of [first!, second!, third!])
            await expect.poll(() => statusOf(tab)).toBe('signed-out')
          // A browser may store the cookies of the late response: then another sign-out clears
          // them. A tab that does not see this yet sends one more.
          expect(site.signOuts).toBeGreaterThan(0)
          expect(site.signOuts).toBeLessThan(5)
          expect(await fetchIn(third!)).toEqual([401])
        },
      )

      browserTest(
        'another identity signs in: all tabs follow, and no pending request is sent for it',
        async ({ site, openSignedIn }) => {
          const [first, second] = await openSignedIn(2)
          let respond = (): void => {}
          const delay = new Promise<void>((resolve) => (respond = resolve))
          let pending = 0
          site.expireAll()
          site.onApplication = async (next) => (pending++, await delay, next())
          await beginFetch(first!, 1, 'of ann')
          await expect.poll(() => pending).toBe(1)
          await second!.run(() => client.signIn({ name: 'bob', password: 'right' }))
          await expect.poll(() => lastEventOf(first!)).toBe('replaced')
          respond()
          await resultsOf(first!)
          expect(site.seen.filter(({ identity }) => identity === 'bob')).toEqual([])
          expect(await fetchIn(first!)).toEqual([200])
          expect(site.seen.at(-1)).toMatchObject({ identity: 'bob' })
        },
      )

      browserTest(
        'a session that the server ended ends in every tab',
        async ({ site, openSignedIn }) => {
          const tabs = await openSignedIn(2)
          await site.end('ann', 'reused')
          expect(await fetchIn(tabs[0]!, 2)).toEqual(['SignedOut', 'SignedOut'])
          for (const tab of tabs)
            await expect
              .poll(() => tab.run(() => client.state))
              .toMatchObject({ status: 'signed-out', reason: 'refresh_token_reused' })
        },
      )
    }
  })
}

async function runWithFixture(
  browser: BrowserDriver,
  mode: Mode,
  run: (fixture: Fixture) => Promise<void>,
): Promise<void> {
  const site = await new Site().listen()
  const profile = await browser.newProfile()
  const open = async (): Promise<Tab> => {
    const tab = await profile.open(`${site.origin}/`)
    await tab.run(startClient, { mode })
    return tab
  }
  try {
    await run({
      site,
      async openSignedIn(tabs) {
        const first = await open()
        await first.run(() => client.signIn({ name: 'ann', password: 'right' }))
        const all = [first]
        while (all.length < tabs) all.push(await open())
        return all
      },
    })
  } finally {
    await profile.close()
    site.close()
  }
}
