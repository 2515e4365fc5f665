/** Real tabs in a real browser, for the suites beside this file. */
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, test, type ExpectStatic } from 'vitest'
import { chromiumFor, launchOptions } from '../../../scripts/chromium.mjs'
import type * as Latchkey from '../../src/client/index.ts'
import { start, type Options } from './in-page.ts'
import { Site } from './site.ts'

export type { Page }

interface Tabs {
  1: [Page]
  2: [Page, Page]
  3: [Page, Page, Page]
  5: [Page, Page, Page, Page, Page]
}

/** A browser profile of its own, and a site of its own to visit. */
export interface Room {
  /** Of this test: those that run at the same time cannot share one. */
  expect: ExpectStatic
  site: Site
  context: BrowserContext
  /** A new tab with a client in it. `before` runs in the page before any script of it. */
  open(options?: Options, before?: () => void): Promise<Page>
  /** Tabs with the person `ann` signed in, by the first. */
  openSignedIn<N extends keyof Tabs>(tabs: N, options?: Options): Promise<Tabs[N]>
}

interface InRoom {
  (name: string, run: (room: Room) => Promise<void>, timeout?: number): void
  /** For those that mostly wait: at the same time as their neighbours. */
  together(name: string, run: (room: Room) => Promise<void>): void
}

const path = chromiumFor('the browser client')

/** Describes with a browser; skipped where the machine has none. */
export function describeInBrowser(name: string, suite: (test: InRoom) => void): void {
  describe.skipIf(path === null)(name, () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await chromium.launch({
        ...launchOptions(path!),
        ignoreDefaultArgs: ['--disable-back-forward-cache'],
      })
    })
    afterAll(() => browser.close())
    const inRoom: InRoom = (title, run, timeout) =>
      test(title, ({ expect }) => visit(browser, expect, run), timeout)
    inRoom.together = (title, run) =>
      test.concurrent(title, ({ expect }) => visit(browser, expect, run))
    suite(inRoom)
  })
}

async function visit(
  browser: Browser,
  expect: ExpectStatic,
  run: (room: Room) => Promise<void>,
): Promise<void> {
  const site = await new Site().listen()
  const context = await browser.newContext()
  const errors: Error[] = []
  const open = async (options: Options = {}, before?: () => void): Promise<Page> => {
    const page = await context.newPage()
    page.on('pageerror', (error) => errors.push(error))
    if (before) await page.addInitScript(before)
    await page.goto(`${site.origin}/`)
    await page.evaluate(start, options)
    return page
  }
  const openSignedIn: Room['openSignedIn'] = async <N extends keyof Tabs>(
    tabs: N,
    options: Options = {},
  ) => {
    const first = await open(options)
    await first.evaluate(() => client.signIn({ name: 'ann', password: 'right' }))
    const others = await Promise.all(Array.from({ length: tabs - 1 }, () => open(options)))
    return [first, ...others] as unknown as Tabs[N]
  }
  try {
    await run({ expect, site, context, open, openSignedIn })
  } finally {
    await context.close()
    site.close()
  }
  if (errors.length > 0)
    throw new AggregateError(errors, 'A page had an error, or a rejection that nobody handled.')
}

/**
 * What so many requests of each tab came to, all sent at one instant of the machine's clock: a
 * status, or an error's name.
 */
export async function fetchAtOnce(
  tabs: Page[],
  requests: number,
  url = '/orders',
): Promise<Array<number | string>> {
  const plan = { at: Date.now() + 100, requests, url }
  const inPage = async ({ at, requests, url }: typeof plan): Promise<Array<number | string>> => {
    await new Promise((resolve) => setTimeout(resolve, at - Date.now()))
    const outcome = (): Promise<number | string> =>
      client.fetch(url).then(
        ({ status }) => status,
        (error: Error) => error.name,
      )
    return Promise.all(Array.from({ length: requests }, outcome))
  }
  return (await Promise.all(tabs.map((tab) => tab.evaluate(inPage, plan)))).flat()
}

export const stateOf = (tab: Page): Promise<Latchkey.State> => tab.evaluate(() => client.state)
export const eventsOf = (tab: Page): Promise<string[]> =>
  tab.evaluate(() => told.map(({ type }) => type))
/** Keeps whoever waits for `opened` until `open` is called. */
export function gate(): { opened: Promise<void>; open(): void } {
  let resolver: (() => void) | undefined
  const opened = new Promise<void>((resolve) => void (resolver = resolve))
  return { opened, open: () => resolver?.() }
}

export const MODES = ['cookie', 'header'] as const
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))
