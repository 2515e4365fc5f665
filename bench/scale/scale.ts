/**
 * Measures a refresh, and the size of a session, from a thousand sessions to ten million. Prints
 * Markdown, from which docs/scale.md is written by hand.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Engine, FilledStore } from './engine.ts'
import { ALONE, AT_ONCE, CONCURRENT, measureRefresh, type Sample } from './measure-refresh.ts'
import { openPostgres } from './postgres-engine.ts'
import { openSqlite } from './sqlite-engine.ts'

const HELP = `node --conditions=latchkey-source bench/scale/scale.ts [options]

  --most N       the largest number of sessions (1000000)
  --stores LIST  sqlite, postgres or both (sqlite,postgres)
  --data FOLDER  keep the database files in this folder
  --steps LIST   load, measure or both (load,measure); with --data they can be two runs

PostgreSQL is started for the run, unless DATABASE_URL is set.`

const ENGINES: Record<string, (folder: string) => Promise<Engine>> = {
  sqlite: openSqlite,
  postgres: openPostgres,
}
const SIZES = [1e3, 1e4, 1e5, 1e6, 1e7]
const ROUNDS = 7

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h' },
    most: { type: 'string', default: '1000000' },
    stores: { type: 'string', default: 'sqlite,postgres' },
    data: { type: 'string' },
    steps: { type: 'string', default: 'load,measure' },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit()
}
const folder = values.data ?? mkdtempSync(join(tmpdir(), 'latchkey-scale-'))
mkdirSync(folder, { recursive: true })
for (const name of values.stores.split(',')) {
  const engine = await ENGINES[name]!(folder)
  const stores = await fill(name, engine)
  if (values.steps.includes('measure')) console.log(await table(name, stores))
  await engine.close()
}
if (values.data === undefined) rmSync(folder, { recursive: true })

/** Opens a store for each number of sessions, and inserts those that are missing. */
async function fill(name: string, engine: Engine): Promise<Map<number, FilledStore>> {
  const stores = new Map<number, FilledStore>()
  for (const size of SIZES.filter((size) => size <= Number(values.most))) {
    const start = performance.now()
    stores.set(size, await engine.open(size))
    const seconds = Math.round((performance.now() - start) / 1000)
    console.error(`${name}: ${size} sessions after ${seconds} s`)
  }
  return stores
}

/** Each round measures every size once, so that other load affects all sizes alike. */
async function table(name: string, stores: ReadonlyMap<number, FilledStore>): Promise<string> {
  const samples = new Map<number, Sample[]>()
  const bytesBefore = new Map<number, number>()
  for (const [size, { bytes }] of stores) {
    samples.set(size, [])
    bytesBefore.set(size, await bytes())
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [size, { store }] of stores)
      samples.get(size)!.push(await measureRefresh(store, size, round))
  }
  const rows: string[] = []
  for (const [size, { bytes }] of stores)
    rows.push(rowOf(size, samples.get(size)!, bytesBefore.get(size)!, await bytes()))
  const head =
    `| sessions | one refresh, alone, µs | refreshes a second, ${AT_ONCE} at once | of ` +
    `${ROUNDS} rounds | CPU of the process, µs each | bytes a session | growth by ` +
    `${whole((ALONE + CONCURRENT) * ROUNDS)} refreshes |`
  return [`${name}:`, '', head, '|---|---|---|---|---|---|---|', ...rows, ''].join('\n')
}

function rowOf(size: number, samples: readonly Sample[], before: number, after: number): string {
  const sorted = (figure: keyof Sample): number[] =>
    samples.map((sample) => sample[figure]).sort((a, b) => a - b)
  const median = (figure: keyof Sample): number => sorted(figure)[samples.length >> 1]!
  const rates = sorted('rate')
  const cells = [
    whole(size),
    Math.round(median('micros')),
    whole(median('rate')),
    `${whole(rates[0]!)}–${whole(rates.at(-1)!)}`,
    Math.round(median('cpu')),
    Math.round(before / size),
    `${whole((after - before) / 1024)} KiB`,
  ]
  return `| ${cells.join(' | ')} |`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
