/** `npm run bench:client`: compares browser clients. See `HELP`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium, type Browser } from 'playwright-core'
import { chromiumFor, launchOptions } from '../../scripts/chromium.mjs'
import { bundle, sizeOf, versionOf } from './bundle.ts'
import {
  addedMicros,
  credentialsToOtherOrigins,
  expiry,
  fastClock,
  lostResponse,
  slowClock,
  stalledRefresh,
} from './scenarios.ts'
import { withTabs, type Setup } from './tabs.ts'

/** Each page program, its package if that has another name, and its label in the table. */
const PEERS: Record<string, { package?: string; label?: string }> = {
  latchkey: { label: '**latchkey/client** (cookie mode, its own server)' },
  'latchkey-header': { label: '**latchkey/client/header**' },
  'supertokens-website': {},
  'supabase-auth-js': { package: '@supabase/auth-js' },
  'auth0-spa-js': { package: '@auth0/auth0-spa-js' },
  'axios-auth-refresh': {},
  'axios-auth-refresh-each': {
    package: 'axios-auth-refresh',
    label: 'axios-auth-refresh, `deduplicateRefresh: false`',
  },
  'axios-jwt': {},
  'urql-exchange-auth': { package: '@urql/exchange-auth' },
  'oidc-client-ts': {},
  'ky-recipe': { package: 'ky', label: 'ky, the recipe of its pages' },
}

const HELP = `npm run bench:client -- [--write] [client...]

Runs the same page program with each library, in tabs of Chromium, through expiry, lost and stalled
responses, wrong clocks and other origins. Prints one table. Without a name, every client is
measured.

  --write  write the table to docs/clients.md (only if every client is measured)

Clients: ${Object.keys(PEERS).join(', ')}`

const HEAD = [
  '',
  'refreshes: grace / strict',
  'calls that failed, of 250: grace / strict',
  'session after a lost response: strict / grace',
  'credentials sent to other origins',
  'a refresh that stalls',
  'refreshes, clock +10 min',
  'failed of 5, clock −10 min',
  'bytes (+ host)',
  'µs a request',
]
const DOCS_PAGE = join(import.meta.dirname, '../../docs/clients.md')
const TABS = 5

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean', short: 'h' }, write: { type: 'boolean' } },
})
if (values.help) {
  console.log(HELP)
  process.exit()
}
const unknown = positionals.filter((name) => !Object.hasOwn(PEERS, name))
if (unknown.length > 0 || (values.write && positionals.length > 0)) {
  console.error(unknown.length > 0 ? `unknown client: ${unknown.join(', ')}\n\n${HELP}` : HELP)
  process.exit(2)
}

const browser = await chromium.launch(
  launchOptions(chromiumFor('the bench of browser clients') ?? ''),
)
const rows: string[][] = []
for (const name of positionals.length > 0 ? positionals : Object.keys(PEERS)) {
  const row = [labelOf(name), ...(await measure(browser, name))]
  rows.push(row)
  console.error(row.join(' | '))
}
await browser.close()
console.log(table(rows))
if (values.write) {
  const page = readFileSync(DOCS_PAGE, 'utf8')
  const between = /(?<=<!-- table -->\n)[^]*(?=<!-- end of the table -->)/
  writeFileSync(DOCS_PAGE, page.replace(between, `${table(rows)}\n`))
}

function labelOf(name: string): string {
  const { package: from = name, label = from } = PEERS[name]!
  return name.startsWith('latchkey') ? label : `${label} ${versionOf(from)}`
}

/** Returns the cells of one row, after the label. */
async function measure(browser: Browser, name: string): Promise<string[]> {
  const code = await bundle(name)
  const inTabs = <T>(count: number, run: (setup: Setup) => Promise<T>): Promise<T> =>
    withTabs(browser, code, count, run)
  const size = await sizeOf(name)
  const grace = await inTabs(TABS, (setup) => expiry(setup, 'grace'))
  const strict = await inTabs(TABS, (setup) => expiry(setup, 'strict'))
  const lostIfStrict = await inTabs(1, (setup) => lostResponse(setup, 'strict'))
  const lostInGrace = await inTabs(1, (setup) => lostResponse(setup, 'grace'))
  return [
    `${grace.refreshes} / ${strict.refreshes}`,
    `${grace.failed} / ${strict.failed}`,
    `${lostIfStrict} / ${lostInGrace}`,
    await inTabs(1, credentialsToOtherOrigins),
    await inTabs(1, stalledRefresh),
    await inTabs(1, fastClock),
    await inTabs(1, slowClock),
    size.host === 0 ? whole(size.library) : `${whole(size.library)} + ${whole(size.host)}`,
    await inTabs(1, addedMicros),
  ]
}

function table(rows: string[][]): string {
  return [HEAD, HEAD.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function whole(bytes: number): string {
  return bytes.toLocaleString('en')
}
