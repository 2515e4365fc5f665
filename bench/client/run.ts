/**
 * `npm run bench:client`: runs the same page program with each library, in real tabs, through
 * expiry, lost and stalled responses, wrong clocks and other origins. Prints one table; `--write`
 * writes it to docs/clients.md. Arguments name page programs.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { chromiumFor, launchOptions } from '../../scripts/chromium.mjs'
import { bundle, versionOf, weigh } from './build.ts'
import type { Peer } from './peers/shared.ts'
import { BenchServer, type Policy } from './server.ts'

declare global {
  /** In the page. */
  var peer: Peer
  /** Milliseconds by which the page's wall clock and its monotonic clock are ahead. */
  var ahead: { wall: number; steady: number }
  /** Every request is answered at once, without the network. */
  var networkAway: boolean
}

/** Each page program, its package, and its name in the table. */
const PEERS: Record<string, { package?: string; as?: string }> = {
  latchkey: { as: '**latchkey/client** (cookie mode, its own server)' },
  'latchkey-header': { as: '**latchkey/client/header**' },
  'supertokens-website': {},
  'supabase-auth-js': { package: '@supabase/auth-js' },
  'auth0-spa-js': { package: '@auth0/auth0-spa-js' },
  'axios-auth-refresh': {},
  'axios-auth-refresh-each': {
    package: 'axios-auth-refresh',
    as: 'axios-auth-refresh, `deduplicateRefresh: false`',
  },
  'axios-jwt': {},
  'urql-exchange-auth': { package: '@urql/exchange-auth' },
  'oidc-client-ts': {},
  'ky-recipe': { package: 'ky', as: 'ky, the recipe of its pages' },
}
const PAGE = join(import.meta.dirname, '../../docs/clients.md')
const TABS = 5
const CALLS = 50
const EXPIRY = 301_000
const TEN_MINUTES = 600_000
/** Longer than any library's own time limit. */
const PATIENCE = 15_000

interface Place {
  server: BenchServer
  stranger: BenchServer
  context: BrowserContext
  tabs: Page[]
}

async function measure(browser: Browser, name: string): Promise<string[]> {
  const code = await bundle(name)
  const at = <T>(tabs: number, run: (place: Place) => Promise<T>): Promise<T> =>
    visit(browser, code, tabs, run)
  const { alone, all } = await weigh(name)
  const [grace, strict] = [
    await at(TABS, (place) => expiry(place, 'grace')),
    await at(TABS, (place) => expiry(place, 'strict')),
  ]
  const lost = [
    await at(1, (place) => lostAnswer(place, 'strict')),
    await at(1, (place) => lostAnswer(place, 'grace')),
  ]
  return [
    `${grace.refreshes} / ${strict.refreshes}`,
    `${grace.failed} / ${strict.failed}`,
    lost.join(' / '),
    await at(1, leaks),
    await at(1, stalled),
    await at(1, fastClock),
    await at(1, slowClock),
    alone === all ? number(all) : `${number(alone)} + ${number(all - alone)}`,
    await at(1, added),
  ]
}

function table(rows: string[][]): string {
  const head = [
    '',
    'refreshes: grace / strict',
    'calls that failed, of 250: grace / strict',
    'session after a lost response: strict / grace',
    'credentials sent to other origins',
  ]
  head.push(
    'a refresh that stalls',
    'refreshes, clock +10 min',
    'failed of 5, clock −10 min',
    'bytes (+ host)',
    'µs a request',
  )
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/** Opens a browser profile and a server, with the session started in the first tab. */
async function visit<T>(
  browser: Browser,
  code: string,
  count: number,
  run: (place: Place) => Promise<T>,
): Promise<T> {
  const [server, stranger] = await Promise.all([
    new BenchServer().listen(),
    new BenchServer().listen(),
  ])
  stranger.stranger = true
  const page =
    '<!doctype html><title>bench</title><link rel="icon" href="data:,"><script ' +
    'type="module">import { peer } from "/peer.js"; globalThis.peer = peer</script>'
  server.pages = (path) =>
    path === '/'
      ? { type: 'text/html', body: page }
      : path === '/peer.js'
        ? { type: 'text/javascript', body: code }
        : null
  const context = await browser.newContext()
  await context.addInitScript(prepare)
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
    const first = await callsIn(tabs, 1)
    if (first.some((status) => status !== 200))
      throw new Error(`The page program does not work: ${first.join()}`)
    server.refreshes = 0
    return await run({ server, stranger, context, tabs })
  } finally {
    await context.close()
    server.close()
    stranger.close()
  }
}

/** Runs in the page, before its scripts. */
function prepare(): void {
  globalThis.ahead = { wall: 0, steady: 0 }
  const [RealDate, steady] = [Date, performance.now.bind(performance)]
  globalThis.Date = class extends RealDate {
    constructor(...given: [number]) {
      super(...(given.length > 0 ? given : ([RealDate.now() + ahead.wall] as [number])))
    }
    static override now = () => RealDate.now() + ahead.wall
  } as DateConstructor
  performance.now = () => steady() + ahead.steady
  const send = fetch.bind(globalThis)
  const answer = { status: 200, headers: { 'content-type': 'application/json' } }
  globalThis.networkAway = false
  globalThis.fetch = (...asked) =>
    networkAway ? Promise.resolve(new Response('{"data":{"order":"one"}}', answer)) : send(...asked)
}

/** Results of `count` calls of each tab, all started at the same moment. */
async function callsIn(
  tabs: Page[],
  count: number,
  url = '/api/orders',
): Promise<Array<number | string>> {
  const plan = { at: Date.now() + 200, count, url }
  const inPage = async ({ at, count, url }: typeof plan): Promise<Array<number | string>> => {
    await new Promise((resolve) => setTimeout(resolve, at + ahead.wall - Date.now()))
    return Promise.all(
      Array.from({ length: count }, () =>
        peer.call(url).catch((error: Error) => `${error.name}: ${error.message}`),
      ),
    )
  }
  return (await Promise.all(tabs.map((tab) => tab.evaluate(inPage, plan)))).flat()
}

/** Expires the access token: the clocks of the server and of the tabs move on together. */
async function expire({ server, tabs }: Place): Promise<void> {
  server.advance(EXPIRY)
  await Promise.all(
    tabs.map((tab) => tab.evaluate((by) => void (ahead = { wall: by, steady: by }), EXPIRY)),
  )
}

const failedIn = (outcomes: Array<number | string>): number =>
  outcomes.filter((outcome) => outcome !== 200).length

async function expiry(
  place: Place,
  policy: Policy,
): Promise<{ refreshes: number; failed: number }> {
  place.server.policy = policy
  await expire(place)
  const failed = failedIn(await callsIn(place.tabs, CALLS))
  return { refreshes: place.server.refreshes, failed }
}

async function lostAnswer(place: Place, policy: Policy): Promise<string> {
  place.server.policy = policy
  await expire(place)
  place.server.fate = 'lost'
  await settledIn(place.tabs[0]!)
  return failedIn(await callsIn(place.tabs, 1)) === 0 ? 'kept' : '**lost**'
}

/** The result of one call; null if it has not ended after a while. */
async function settledIn(tab: Page): Promise<{ outcome: number | string; after: number } | null> {
  const begun = Date.now()
  const call = callsIn([tab], 1).then(([outcome]) => ({
    outcome: outcome!,
    after: Date.now() - begun - 200,
  }))
  return Promise.race([
    call,
    new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE)),
  ])
}

async function leaks({ stranger, server, tabs }: Place): Promise<string> {
  const { port } = new URL(stranger.origin)
  // Another port, and another host.
  for (const origin of [stranger.origin, `http://127.0.0.1:${port}`])
    await callsIn(tabs, 1, `${origin}/api/orders`)
  return `${stranger.credentials}${server.refreshes > 0 ? `, ${server.refreshes} refreshes` : ''}`
}

/** The first refresh gets no response; later ones would. */
async function stalled(place: Place): Promise<string> {
  await expire(place)
  place.server.fate = 'stalls'
  const settled = await settledIn(place.tabs[0]!)
  if (settled === null) return '**hangs**'
  return (
    `${settled.outcome === 200 ? 'responded' : '**fails**'} after ` +
    `${(settled.after / 1000).toFixed(1)} s`
  )
}

async function fastClock({ server, tabs }: Place): Promise<string> {
  await tabs[0]!.evaluate((by) => void (ahead.wall = by), TEN_MINUTES)
  for (let index = 0; index < 20; index++) await callsIn(tabs, 1)
  return String(server.refreshes)
}

/** The token has expired at the server, and the page's clock is slow: only the refusal shows it. */
async function slowClock({ server, tabs }: Place): Promise<string> {
  server.advance(EXPIRY)
  await tabs[0]!.evaluate((by) => void (ahead.wall = by), -TEN_MINUTES)
  let failed = 0
  for (let index = 0; index < 5; index++) failed += failedIn(await callsIn(tabs, 1))
  return String(failed)
}

/** Without the network: the best of sixty rounds with the library, minus the best without it. */
async function added({ tabs }: Place): Promise<string> {
  const best = await tabs[0]!.evaluate(async () => {
    networkAway = true
    const best = { plain: Infinity, call: Infinity }
    for (let round = 0; round < 60; round++) {
      for (const how of ['plain', 'call'] as const) {
        const begun = performance.now()
        for (let index = 0; index < 200; index++) await peer[how]('/api/orders')
        best[how] = Math.min(best[how], (performance.now() - begun) / 200)
      }
    }
    return best
  })
  return Math.max(0, (best.call - best.plain) * 1000).toFixed(0)
}

const number = (bytes: number): string => bytes.toLocaleString('en')

const browser = await chromium.launch(
  launchOptions(chromiumFor('the bench of browser clients') ?? ''),
)
const {
  values: { write },
  positionals: named,
} = parseArgs({ options: { write: { type: 'boolean' } }, allowPositionals: true })
const rows: string[][] = []
for (const [name, { package: from = name, as }] of Object.entries(PEERS)) {
  if (named.length > 0 && !named.includes(name)) continue
  const label = as ?? from
  const version = name.startsWith('latchkey') ? '' : ` ${versionOf(from)}`
  const row = await measure(browser, name)
  rows.push([label + version, ...row])
  console.error(rows.at(-1)!.join(' | '))
}
await browser.close()
console.log(table(rows))
if (write) {
  const page = readFileSync(PAGE, 'utf8')
  writeFileSync(
    PAGE,
    page.replace(/(?<=<!-- table -->\n)[^]*(?=<!-- end of the table -->)/, `${table(rows)}\n`),
  )
}
