/**
 * `npm run storm -- --seed 7 --refreshes 20000 --store sqlite`: the storm over Latchkey on one store or on all, and its score.
 * `npm run storm -- --pace 10 --refreshes 2000`: in real time, ten times as fast as life, over real processes that are killed.
 */
import { parseArgs } from 'node:util'
import {
  breachesIn,
  latchkeyStack,
  printScore,
  storm,
  STORM_DEFAULTS,
  type Score,
  type StormOptions,
} from 'latchkey-storm'
import { processStack } from './processes.ts'
import { OPENERS, type OpenEngine } from './stores.ts'

/** Every option of the storm is one here: `--lostAnswers 0.1`, `--attempts false`, `--pace 10`. */
const NAMES = Object.keys(STORM_DEFAULTS) as Array<keyof StormOptions>
const SHORT: Record<string, keyof StormOptions> = { lost: 'lostAnswers' }

const usage = `npm run storm -- [--store ${Object.keys(OPENERS).join('|')}] [--servers 3] ${NAMES.map((name) => `[--${name} ${String(STORM_DEFAULTS[name])}]`).join(' ')}`

function readCommand(): { stores: string[]; servers: number; options: Partial<StormOptions> } {
  const text = { type: 'string' } as const
  const known = Object.fromEntries(
    [...NAMES, ...Object.keys(SHORT), 'store', 'servers'].map((name) => [name, text]),
  )
  const { values } = parseArgs({ options: { ...known, help: { type: 'boolean' } } })
  if (values.help) stop(usage, 0)
  const { store, servers = '3', ...rest } = values as Record<string, string>
  const options = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [SHORT[name] ?? name, valueOf(value)]),
  )
  const stores = store === undefined ? Object.keys(OPENERS) : store.split(',')
  return { stores, servers: Number(servers), options }
}

const valueOf = (text: string): unknown =>
  text === 'true' || text === 'false' ? text === 'true' : text === 'null' ? null : Number(text)

function openerOf(store: string): OpenEngine {
  const opener = Object.hasOwn(OPENERS, store) ? OPENERS[store] : undefined
  return opener ?? stop(`--store must be of ${Object.keys(OPENERS).join(', ')}`, 2)
}

function stop(message: string, code: number): never {
  console.log(message)
  process.exit(code)
}

async function blow(
  store: string,
  servers: number,
  options: Partial<StormOptions>,
): Promise<string[]> {
  const open = await openerOf(store)(servers)
  if (open === null) return []
  try {
    return tell(
      await storm(
        (now) => latchkeyStack({ name: `Latchkey on ${store}`, stores: open.stores, now }),
        options,
      ),
      options,
    )
  } finally {
    await open.close()
  }
}

async function blowInRealTime(
  pace: number,
  servers: number,
  options: Partial<StormOptions>,
): Promise<string[]> {
  const { stack, close } = await processStack(servers, pace)
  try {
    return tell(await storm(() => stack, options), options)
  } finally {
    close()
  }
}

function tell(score: Score, options: Partial<StormOptions>): string[] {
  console.log(printScore(score))
  const breaches = breachesIn(score, options)
  console.log(breaches.length === 0 ? '  ok\n' : `  FAILED: ${breaches.join(', ')}\n`)
  return breaches
}

const { stores, servers, options } = readCommand()
const { pace } = options
let failed = pace ? (await blowInRealTime(pace, servers, options)).length > 0 : false
for (const store of pace ? [] : stores) {
  const breaches = await blow(store, servers, {
    ...options,
    tick: options.tick ?? openerOf(store).tick,
  })
  failed ||= breaches.length > 0
}
process.exit(failed ? 1 : 0)
