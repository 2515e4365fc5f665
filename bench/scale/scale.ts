/**
 * Measures a refresh, and the size of a session, from a thousand sessions to ten million:
 *
 *   node --conditions=latchkey-source bench/scale/scale.ts [--most 1000000]
 *     [--stores sqlite,postgres] [--data folder] [--steps load,measure]
 *
 * Prints Markdown. `--data` keeps the files, so that loading and measuring can be two runs.
 * PostgreSQL is started for the run unless `DATABASE_URL` is set.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createAuth } from 'latchkey'
import { encodeRefreshToken } from '../../library/src/core/session/refresh-token.ts'
import { settingsOf } from '../../library/src/core/settings-of.ts'
import type { Engine, Filled } from './engine.ts'
import { openPostgres } from './postgres.ts'
import { NOW, sessionId } from './sessions.ts'
import { openSqlite } from './sqlite.ts'

const rounded = (value: number): string => Math.round(value).toLocaleString('en-US')
const ENGINES: Record<string, (folder: string) => Promise<Engine>> = {
  sqlite: openSqlite,
  postgres: openPostgres,
}
const ROUNDS = 7
const REFRESHES = { alone: 200, atOnce: 2000 }
const AT_ONCE = 32

const { values } = parseArgs({
  options: {
    most: { type: 'string', default: '1000000' },
    stores: { type: 'string', default: 'sqlite,postgres' },
    data: { type: 'string' },
    steps: { type: 'string', default: 'load,measure' },
  },
})
const folder = values.data ?? mkdtempSync(join(tmpdir(), 'latchkey-scale-'))
mkdirSync(folder, { recursive: true })
const sizes = [1e3, 1e4, 1e5, 1e6, 1e7].filter((size) => size <= Number(values.most))
for (const name of values.stores.split(',')) {
  const engine = await ENGINES[name]!(folder)
  const filled = new Map<number, Filled>()
  for (const size of sizes) {
    const begun = performance.now()
    filled.set(size, await engine.open(size))
    console.error(
      `${name}: ${size} sessions after ${Math.round((performance.now() - begun) / 1000)} s`,
    )
  }
  if (values.steps.includes('measure')) console.log(await measured(name, filled))
  await engine.close()
}
if (values.data === undefined) rmSync(folder, { recursive: true })

interface Sample {
  microseconds: number
  rate: number
  cpu: number
}

/** Each round measures every size once, so that other load affects all sizes alike. */
async function measured(name: string, filled: ReadonlyMap<number, Filled>): Promise<string> {
  const samples = new Map<number, Sample[]>(sizes.map((size) => [size, []]))
  const before = new Map<number, number>()
  for (const [size, { bytes }] of filled) before.set(size, await bytes())
  for (let round = 0; round < ROUNDS; round++) {
    for (const [size, { store }] of filled)
      samples.get(size)!.push(await refreshIn(store, size, round))
  }
  const rows: string[] = []
  for (const [size, { bytes }] of filled) {
    const of = (figure: keyof Sample) =>
      samples
        .get(size)!
        .map((sample) => sample[figure])
        .sort((one, other) => one - other)
    const median = (figure: keyof Sample) => of(figure)[ROUNDS >> 1]!
    const rates = of('rate')
    const grown = (await bytes()) - before.get(size)!
    const cells = [
      size.toLocaleString('en-US'),
      Math.round(median('microseconds')),
      Math.round(median('rate')).toLocaleString('en-US'),
      `${rounded(rates[0]!)}–${rounded(rates.at(-1)!)}`,
      Math.round(median('cpu')),
      Math.round(before.get(size)! / size),
      `${Math.round(grown / 1024).toLocaleString('en-US')} KiB`,
    ]
    rows.push(`| ${cells.join(' | ')} |`)
  }
  const head =
    `| sessions | one refresh, alone, µs | refreshes a second, ${AT_ONCE} at once | of ` +
    `${ROUNDS} rounds | CPU of the process, µs each | bytes a session | growth by ` +
    `${((REFRESHES.alone + REFRESHES.atOnce) * ROUNDS).toLocaleString('en-US')} refreshes |`
  return [`${name}:`, '', head, '|---|---|---|---|---|---|---|', ...rows, ''].join('\n')
}

/** Refreshes sessions spread over the whole table. */
async function refreshIn(store: Filled['store'], size: number, round: number): Promise<Sample> {
  // Each round is a day later, so that every refresh rotates.
  const now = NOW + (round + 1) * 86_400_000
  const auth = createAuth({
    secret: 'a secret that only the benchmark knows, and long enough',
    store,
    now: () => now,
  })
  const key = settingsOf(auth).refreshKeys[0]!
  const tokens: string[] = []
  for (
    let number = round * 7919;
    tokens.length < REFRESHES.alone + REFRESHES.atOnce;
    number += 611_953
  ) {
    const { id, generation } = (await store.read(sessionId(number % size)))!
    tokens.push(encodeRefreshToken(key, id, generation))
  }
  const refresh = async () => {
    const outcome = await auth.refresh(tokens.pop()!, {
      attempts: { attempt: 'A'.repeat(22), previous: null },
    })
    if (!outcome.ok) throw new Error(outcome.code)
  }
  const alone: number[] = []
  for (let count = 0; count < REFRESHES.alone; count++) {
    const begun = performance.now()
    await refresh()
    alone.push(1000 * (performance.now() - begun))
  }
  const [begun, cpu] = [performance.now(), process.cpuUsage()]
  let left = REFRESHES.atOnce
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) await refresh()
    }),
  )
  const { user, system } = process.cpuUsage(cpu)
  const rate = (1000 * REFRESHES.atOnce) / (performance.now() - begun)
  auth.close()
  return {
    microseconds: alone.sort((one, other) => one - other)[alone.length >> 1]!,
    rate,
    cpu: (user + system) / REFRESHES.atOnce,
  }
}
