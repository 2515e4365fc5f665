/** Opens tabs with a page program, and calls it. */
import type { Browser, Page } from 'playwright-core'
import type { Peer } from './peers/shared.ts'
import { BenchServer } from './server.ts'

declare global {
  /** In the page. */
  var peer: Peer
  /** Milliseconds by which the page's wall clock and its monotonic clock are ahead. */
  var clockOffset: { wall: number; monotonic: number }
  /** If true, every request succeeds at once, without the network. */
  var isNetworkBypassed: boolean
}

/** A browser profile with a session, its server, and a server of another origin. */
export interface Setup {
  server: BenchServer
  otherOrigin: BenchServer
  tabs: Page[]
}

/** The result of one call: the status, or the error as text. */
export type CallResult = number | string

const PAGE =
  '<!doctype html><title>bench</title><link rel="icon" href="data:,"><script ' +
  'type="module">import { peer } from "/peer.js"; globalThis.peer = peer</script>'

/** Opens a browser profile with `count` tabs, signs in in the first one, and runs `run`. */
export async function withTabs<T>(
  browser: Browser,
  code: string,
  count: number,
  run: (setup: Setup) => Promise<T>,
): Promise<T> {
  const [server, otherOrigin] = await Promise.all([
    new BenchServer().listen(),
    new BenchServer().listen(),
  ])
  otherOrigin.refusesEverything = true
  server.files = {
    '/': { type: 'text/html', body: PAGE },
    '/peer.js': { type: 'text/javascript', body: code },
  }
  const context = await browser.newContext()
  await context.addInitScript(replaceClocksAndFetch)
  try {
    const tabs: Page[] = []
    for (let index = 0; index < count; index++) {
      const tab = await context.newPage()
      await tab.goto(server.origin)
      await tab.waitForFunction(() => 'peer' in globalThis)
      if (index === 0) await tab.evaluate(() => peer.signIn())
      await tab.evaluate(() => peer.start())
      tabs.push(tab)
    }
    const first = await callAll(tabs, 1)
    if (first.some((status) => status !== 200))
      throw new Error(`The page program does not work: ${first.join()}`)
    server.refreshes = 0
    return await run({ server, otherOrigin, tabs })
  } finally {
    await context.close()
    server.close()
    otherOrigin.close()
  }
}

/** Runs in the page, before its scripts. */
function replaceClocksAndFetch(): void {
  globalThis.clockOffset = { wall: 0, monotonic: 0 }
  const [RealDate, realNow] = [Date, performance.now.bind(performance)]
  globalThis.Date = class extends RealDate {
    constructor(...args: [number]) {
      super(...(args.length > 0 ? args : ([RealDate.now() + clockOffset.wall] as [number])))
    }
    static override now = () => RealDate.now() + clockOffset.wall
  } as DateConstructor
  performance.now = () => realNow() + clockOffset.monotonic
  const realFetch = fetch.bind(globalThis)
  const init = { status: 200, headers: { 'content-type': 'application/json' } }
  globalThis.isNetworkBypassed = false
  globalThis.fetch = (...args) =>
    isNetworkBypassed
      ? Promise.resolve(new Response('{"data":{"order":"one"}}', init))
      : realFetch(...args)
}

/** Returns the results of `count` calls in each tab, all started at the same moment. */
export async function callAll(
  tabs: Page[],
  count: number,
  url = '/api/orders',
): Promise<CallResult[]> {
  const plan = { at: Date.now() + START_DELAY, count, url }
  const inPage = async ({ at, count, url }: typeof plan): Promise<CallResult[]> => {
    await new Promise((resolve) => setTimeout(resolve, at + clockOffset.wall - Date.now()))
    return Promise.all(
      Array.from({ length: count }, () =>
        peer.call(url).catch((error: Error) => `${error.name}: ${error.message}`),
      ),
    )
  }
  return (await Promise.all(tabs.map((tab) => tab.evaluate(inPage, plan)))).flat()
}

/** Milliseconds until the calls start, so that every tab has received the plan. */
export const START_DELAY = 200
