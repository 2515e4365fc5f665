/** What counts most of the browser client, in the two other engines that people have. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { firefoxFor, webkitFor } from '../../../scripts/browsers.mjs'
import type { Mode } from '../../src/protocol.ts'
import { launchFirefox } from './drivers/firefox.ts'
import { launchWebKit } from './drivers/webkit.ts'
import type { Engine, Tab } from './drivers/driver.ts'
import { start } from './in-page.ts'
import { Site } from './site.ts'

const firefox = firefoxFor('the browser client in Firefox')
const webkit = webkitFor('the browser client in WebKit')

const ENGINES: Record<string, false | (() => Promise<Engine>)> = {
  Firefox: firefox !== null && (() => launchFirefox(firefox)),
  WebKit: webkit !== null && (() => launchWebKit(webkit)),
}

declare global {
  /** In the page: what is to be asked for later. */
  var outcome: Promise<Array<number | string>>
}

interface Room {
  site: Site
  /** New tabs with a client in them; `ann` is signed in, by the first. */
  openSignedIn(tabs: number): Promise<Tab[]>
}

/** Begins requests in a tab; `outcomes` tells what each came to: a status, or an error's name. */
const begin = (tab: Tab, requests: number, body?: string): Promise<void> =>
  tab.run(
    ({ requests, ...init }) => {
      const one = (): Promise<number | string> =>
        client.fetch('/orders', { method: 'POST', ...init }).then(
          ({ status }) => status,
          (error: Error) => error.name,
        )
      globalThis.outcome = Promise.all(Array.from({ length: requests }, one))
    },
    { requests, body: body ?? '' },
  )
const outcomes = (tab: Tab): Promise<Array<number | string>> => tab.run(() => outcome)
const ask = async (tab: Tab, requests = 1): Promise<Array<number | string>> => (
  await begin(tab, requests),
  outcomes(tab)
)
const statusOf = (tab: Tab): Promise<string> => tab.run(() => client.state.status)
const lastTold = (tab: Tab): Promise<string> => tab.run(() => told.at(-1)?.type ?? '')

for (const [name, launch] of Object.entries(ENGINES)) {
  describe.skipIf(launch === false)(`one session in several tabs of ${name}`, () => {
    let engine: Engine | undefined
    beforeAll(async () => void (launch && (engine = await launch())))
    afterAll(() => engine?.close())

    for (const mode of ['cookie', 'header'] as const) {
      const inRoom = (title: string, run: (room: Room) => Promise<void>): void =>
        test(`${mode} mode: ${title}`, () => visit(engine!, mode, run))

      inRoom(
        'five tabs with fifty requests each make one refresh, time after time',
        async ({ site, openSignedIn }) => {
          const tabs = await openSignedIn(5)
          for (const expiries of [1, 2, 3]) {
            site.expireAll()
            await Promise.all(tabs.map((tab) => begin(tab, 50)))
            const all = (await Promise.all(tabs.map(outcomes))).flat()
            expect(new Set(all)).toEqual(new Set([200]))
            expect(site.refreshes).toBe(expiries)
          }
        },
      )

      inRoom(
        'an answer that was lost is asked for again, with the same attempt',
        async ({ site, openSignedIn }) => {
          const [tab] = await openSignedIn(1)
          site.expireAll()
          let lost = 0
          site.onRefresh = async (go) => {
            const answer = await go()
            return lost++ === 0 ? 'lost' : answer
          }
          expect(await ask(tab!)).toEqual([200])
          expect(site.refreshes).toBe(2)
          expect(new Set(site.attempts.map((header) => header.split(', ')[0])).size).toBe(1)
          expect(site.reuses).toBe(0)
        },
      )

      inRoom(
        'a tab that is closed with the refresh in its hands holds nobody up',
        async ({ site, openSignedIn }) => {
          const [first, second] = await openSignedIn(2)
          site.expireAll()
          site.onRefresh = () => new Promise(() => {})
          await begin(first!, 1)
          await expect.poll(() => site.refreshes).toBe(1)
          await begin(second!, 2)
          site.onRefresh = (go) => go()
          await first!.close()
          expect(await outcomes(second!)).toEqual([200, 200])
          expect(new Set(site.attempts).size).toBe(1)
          expect(site.reuses).toBe(0)
        },
      )

      inRoom(
        'a sign-out in the middle of a refresh is one in every tab, and a late answer brings nobody back',
        async ({ site, openSignedIn }) => {
          const [first, second, third] = await openSignedIn(3)
          site.expireAll()
          let answerLate = (): void => {}
          const late = new Promise<void>((resolve) => (answerLate = resolve))
          site.onRefresh = async (go) => {
            const answer = await go()
            await late
            return answer
          }
          await begin(first!, 1)
          await expect.poll(() => site.refreshes).toBe(1)
          await second!.run(() => client.signOut())
          expect(await outcomes(first!)).toEqual(['SignedOut'])
          answerLate()
          for (const tab of [first!, second!, third!])
            await expect.poll(() => statusOf(tab)).toBe('signed-out')
          // A browser may keep the cookies of the answer that came too late: then they are sent
          // away by one more.
          expect([1, 2]).toContain(site.signOuts)
          expect(await ask(third!)).toEqual([401])
        },
      )

      inRoom(
        'somebody else signs in: every tab is theirs, and nothing of the first person is sent for them',
        async ({ site, openSignedIn }) => {
          const [first, second] = await openSignedIn(2)
          let answerLate = (): void => {}
          const late = new Promise<void>((resolve) => (answerLate = resolve))
          let held = 0
          site.expireAll()
          site.onApplication = async (go) => (held++, await late, go())
          await begin(first!, 1, 'of ann')
          await expect.poll(() => held).toBe(1)
          await second!.run(() => client.signIn({ name: 'bob', password: 'right' }))
          await expect.poll(() => lastTold(first!)).toBe('replaced')
          answerLate()
          await outcomes(first!)
          expect(site.seen.filter(({ identity }) => identity === 'bob')).toEqual([])
          expect(await ask(first!)).toEqual([200])
          expect(site.seen.at(-1)).toMatchObject({ identity: 'bob' })
        },
      )

      inRoom(
        'a session that the server ended is over in every tab',
        async ({ site, openSignedIn }) => {
          const tabs = await openSignedIn(2)
          await site.end('ann', 'reused')
          expect(await ask(tabs[0]!, 2)).toEqual(['SignedOut', 'SignedOut'])
          for (const tab of tabs)
            await expect
              .poll(() => tab.run(() => client.state))
              .toMatchObject({ status: 'signed-out', reason: 'refresh_token_reused' })
        },
      )
    }
  })
}

async function visit(
  engine: Engine,
  mode: Mode,
  run: (room: Room) => Promise<void>,
): Promise<void> {
  const site = await new Site().listen()
  const visitor = await engine.visit()
  const open = async (): Promise<Tab> => {
    const tab = await visitor.open(`${site.origin}/`)
    await tab.run(start, { mode })
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
    await visitor.end()
    site.close()
  }
}
