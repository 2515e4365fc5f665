/** Tests with real tabs of Chromium. */
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, test, type ExpectStatic } from 'vitest'
import { chromiumFor, launchOptions } from '../../../scripts/chromium.mjs'
import type * as Latchkey from '../../src/client/index.ts'
import { startClient, type Options } from './in-page.ts'
import { Site } from './site.ts'

export type { Page }

interface Tabs {
  1: [Page]
  2: [Page, Page]
  3: [Page, Page, Page]
  5: [Page, Page, Page, Page, Page]
}

/** What a test gets: a new browser profile and a new site. */
export interface Fixture {
  /** Of this test: concurrent tests cannot share one. */
  expect: ExpectStatic
  site: Site
  context: BrowserContext
  /** Opens a tab with a client. `before` runs in the page before any of its scripts. */
  open(options?: Options, before?: () => void): Promise<Page>
  /** Opens tabs, and signs in `ann` in the first. */
  openSignedIn<N extends keyof Tabs>(tabs: N, options?: Options): Promise<Tabs[N]>
}

interface BrowserTest {
  (name: string, run: (fixture: Fixture) => Promise<void>, timeout?: number): void
  /** For tests that mostly wait. */
  concurrent(name: string, run: (fixture: Fixture) => Promise<void>): void
}

const path = chromiumFor('the browser client')

/** Describes tests that need a browser. Skips them if the machine has none. */
export function describeInBrowser(name: string, suite: (test: BrowserTest) => void): void {
  describe.skipIf(path === null)(name, () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await chromium.launch({
        ...launchOptions(path!),
        ignoreDefaultArgs: ['--disable-back-forward-cache'],
      })
    })
    afterAll(() => browser.close())
    const browserTest: BrowserTest = (title, run, timeout) =>
      test(title, ({ expect }) => runWithFixture(browser, expect, run), timeout)
    browserTest.concurrent = (title, run) =>
      test.concurrent(title, ({ expect }) => runWithFixture(browser, expect, run))
    suite(browserTest)
  })
}

async function runWithFixture(
  browser: Browser,
  expect: ExpectStatic,
  run: (fixture: Fixture) => Promise<void>,
): Promise<void> {
  const site = await new Site().listen()
  const context = await browser.newContext()
  const errors: Error[] = []
  const open = async (options: Options = {}, before?: () => void): Promise<Page> => {
    const page = await context.newPage()
    page.on('pageerror', (error) => errors.push(error))
    if (before) await page.addInitScript(before)
    await page.goto(`${site.origin}/`)
    await page.evaluate(startClient, options)
    return page
  }
  const openSignedIn: Fixture['openSignedIn'] = async <N extends keyof Tabs>(
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
    throw new AggregateError(errors, 'A page had an error or an unhandled rejection.')
}

/**
 * Sends this many requests from each tab, all at the same moment by the machine's clock. Returns
 * the status of each, or the name of its error.
 */
export async function fetchAtOnce(
  tabs: Page[],
  requests: number,
  url = '/orders',
): Promise<Array<number | string>> {
  const plan = { at: Date.now() + 100, requests, url }
  const inPage = async ({ at, requests, url }: typeof plan): Promise<Array<number | string>> => {
    await new Promise((resolve) => setTimeout(resolve, at - Date.now()))
    const result = (): Promise<number | string> =>
      client.fetch(url).then(
        ({ status }) => status,
        (error: Error) => error.name,
      )
    return Promise.all(Array.from({ length: requests }, result))
  }
  return (await Promise.all(tabs.map((tab) => tab.evaluate(inPage, plan)))).flat()
}

export const stateOf = (tab: Page): Promise<Latchkey.State> => tab.evaluate(() => client.state)
export const eventsOf = (tab: Page): Promise<string[]> =>
  tab.evaluate(() => clientEvents.map(({ type }) => type))

/** A promise that a handler of the site waits for, and the function that resolves it. */
export function gate(): { opened: Promise<void>; open(): void } {
  let resolver: (() => void) | undefined
  const opened = new Promise<void>((resolve) => void (resolver = resolve))
  return { opened, open: () => resolver?.() }
}

export const MODES = ['cookie', 'header'] as const
export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))
