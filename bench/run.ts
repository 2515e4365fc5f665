/**
 * `npm run bench`: runs every group, or those that are named. `--quick` takes fewer rounds;
 * `--write` writes the tables to docs/performance.md and the plots to docs/images. The exit code is
 * 1 if a goal is missed.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { overload } from './attack/overload.ts'
import { refreshCurves } from './curves/refresh.ts'
import { verifyCurves } from './curves/verify.ts'
import { machine, versions } from './harness/machine.ts'
import { barChart } from './harness/plot.ts'
import { isMet, markdown, type Report } from './harness/report.ts'
import { guards } from './http/guard.ts'
import { refreshes } from './http/refresh.ts'
import { asymmetric } from './jwt/asymmetric.ts'
import { create } from './jwt/create.ts'
import { hs256 } from './jwt/hs256.ts'
import { memory } from './jwt/memory.ts'
import { rejected } from './jwt/rejected.ts'
import { startUp } from './start/start.ts'
import { postgres } from './stores/postgres.ts'
import { redis } from './stores/redis.ts'
import { sqlite } from './stores/sqlite.ts'

const DOCS = join(import.meta.dirname, '..', 'docs')
const PEERS = [
  'fast-jwt',
  'jsonwebtoken',
  'jose',
  'hono',
  'fastify',
  '@fastify/jwt',
  'express',
  'express-jwt',
  'koa',
  'koa-jwt',
  '@nestjs/core',
  '@nestjs/jwt',
  'better-auth',
  'pg',
  'ioredis',
]

/** Each group with the unit of its plot. */
const GROUPS: Record<string, { unit: string; run(quick: boolean): Promise<Report> }> = {
  hs256: { unit: ' ×', run: (quick) => hs256({ rounds: quick ? 3 : 31 }) },
  asymmetric: { unit: ' ×', run: (quick) => asymmetric({ rounds: quick ? 3 : 21 }) },
  create: { unit: ' ×', run: (quick) => create({ rounds: quick ? 3 : 31 }) },
  rejected: { unit: ' ×', run: (quick) => rejected({ rounds: quick ? 3 : 21 }) },
  memory: { unit: '', run: (quick) => memory({ tokens: quick ? 1_000_000 : 10_000_000 }) },
  guards: {
    unit: ' µs',
    run: (quick) => guards({ rounds: quick ? 5 : 31, slice: quick ? 150 : 250 }),
  },
  refreshes: {
    unit: '/s',
    run: (quick) => refreshes({ rounds: quick ? 3 : 7, slice: quick ? 1000 : 1500 }),
  },
  sqlite: { unit: '/s', run: (quick) => sqlite({ rounds: quick ? 3 : 9 }) },
  postgres: {
    unit: '/s',
    run: (quick) => postgres({ rounds: quick ? 3 : 7, seconds: quick ? 2 : 4 }),
  },
  redis: { unit: '/s', run: (quick) => redis({ rounds: quick ? 3 : 7, seconds: quick ? 2 : 3 }) },
  start: { unit: ' ms', run: (quick) => startUp({ rounds: quick ? 3 : 9 }) },
  curves: { unit: ' ×', run: (quick) => verifyCurves({ rounds: quick ? 3 : 7 }) },
  'refresh-curves': { unit: ' ×', run: (quick) => refreshCurves({ rounds: quick ? 3 : 7 }) },
  overload: { unit: '', run: (quick) => overload({ seconds: quick ? 10 : 60 }) },
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
const unknown = positionals.filter((name) => !Object.hasOwn(GROUPS, name))
if (unknown.length > 0) {
  console.error(
    `latchkey: unknown group ${unknown.join(', ')}; use ${Object.keys(GROUPS).join(', ')}`,
  )
  process.exit(2)
}

const about = `${machine()}. ${versions(PEERS)}.`
console.log(`${about}\n`)
const reports = new Map<string, Report>()
for (const name of positionals.length > 0 ? positionals : Object.keys(GROUPS)) {
  const report = await GROUPS[name]!.run(values.quick)
  reports.set(name, report)
  console.log(markdown(report))
}
if (values.write) write()

const missed = [...reports.values()].flatMap(({ goals }) => goals).filter((goal) => !isMet(goal))
const all = [...reports.values()].flatMap(({ goals }) => goals).length
console.log(
  missed.length === 0
    ? `All ${all} goals are met.`
    : `${missed.length} of ${all} goals are missed: ${missed.map(({ name }) => name).join('; ')}.`,
)
process.exit(missed.length === 0 ? 0 : 1)

/** Writes each group between its two comments in the page. Other groups keep their figures. */
function write(): void {
  const file = join(DOCS, 'performance.md')
  let page = readFileSync(file, 'utf8')
  for (const [name, report] of reports) {
    const [open, close] = [`<!-- bench ${name} -->`, `<!-- end of bench ${name} -->`]
    const { bars = [] } = report.table
    const plot = bars.length > 1 ? `![${report.title}](images/bench-${name}.svg)\n\n` : ''
    const [from, to] = [page.indexOf(open), page.indexOf(close)]
    if (from === -1 || to === -1)
      throw new Error(`docs/performance.md must contain ${open} and ${close}`)
    page =
      `${page.slice(0, from)}${open}\n${markdown(report)}\n${plot}<sub>\`npm run bench -- ` +
      `${name}\`. ${about}</sub>\n\n${page.slice(to)}`
    if (bars.length < 2) continue
    mkdirSync(join(DOCS, 'images'), { recursive: true })
    writeFileSync(
      join(DOCS, 'images', `bench-${name}.svg`),
      barChart(report.title, bars, GROUPS[name]!.unit),
    )
  }
  writeFileSync(file, page)
}
