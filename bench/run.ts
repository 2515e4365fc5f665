/** `npm run bench`: measures Latchkey and other libraries. See `HELP`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { overload } from './overload/overload.ts'
import { refreshCurves } from './curves/refresh.ts'
import { verifyCurves } from './curves/verify.ts'
import { machine, versions } from './harness/environment.ts'
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
/** The packages whose versions are printed below each table. */
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

interface Group {
  /** The unit of its plot. */
  unit: string
  run(isQuick: boolean): Promise<Report>
}

/** Every group has a section in docs/performance.md. */
const GROUPS: Record<string, Group> = {
  hs256: { unit: ' ×', run: (isQuick) => hs256({ rounds: isQuick ? 3 : 31 }) },
  asymmetric: { unit: ' ×', run: (isQuick) => asymmetric({ rounds: isQuick ? 3 : 21 }) },
  create: { unit: ' ×', run: (isQuick) => create({ rounds: isQuick ? 3 : 31 }) },
  rejected: { unit: ' ×', run: (isQuick) => rejected({ rounds: isQuick ? 3 : 21 }) },
  memory: { unit: '', run: (isQuick) => memory({ tokens: isQuick ? 1_000_000 : 10_000_000 }) },
  guards: {
    unit: ' µs',
    run: (isQuick) => guards({ rounds: isQuick ? 5 : 31, slice: isQuick ? 150 : 250 }),
  },
  refreshes: {
    unit: '/s',
    run: (isQuick) => refreshes({ rounds: isQuick ? 3 : 7, slice: isQuick ? 1000 : 1500 }),
  },
  sqlite: { unit: '/s', run: (isQuick) => sqlite({ rounds: isQuick ? 3 : 9 }) },
  postgres: {
    unit: '/s',
    run: (isQuick) => postgres({ rounds: isQuick ? 3 : 7, seconds: isQuick ? 2 : 4 }),
  },
  redis: {
    unit: '/s',
    run: (isQuick) => redis({ rounds: isQuick ? 3 : 7, seconds: isQuick ? 2 : 3 }),
  },
  start: { unit: ' ms', run: (isQuick) => startUp({ rounds: isQuick ? 3 : 9 }) },
  curves: { unit: ' ×', run: (isQuick) => verifyCurves({ rounds: isQuick ? 3 : 7 }) },
  'refresh-curves': { unit: ' ×', run: (isQuick) => refreshCurves({ rounds: isQuick ? 3 : 7 }) },
  overload: { unit: '', run: (isQuick) => overload({ seconds: isQuick ? 10 : 60 }) },
}

const HELP = `npm run bench -- [--quick] [--write] [group...]

Prints a table and the goals of each group; without a name, of every group.

  --quick  fewer and shorter rounds
  --write  write the tables to docs/performance.md, and the plots to docs/images

Exit code: 0 if every goal is met, 1 if not, 2 for an unknown group.

Groups: ${Object.keys(GROUPS).join(', ')}`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit()
}
const unknown = positionals.filter((name) => !Object.hasOwn(GROUPS, name))
if (unknown.length > 0) {
  console.error(`unknown group: ${unknown.join(', ')}\n\n${HELP}`)
  process.exit(2)
}

const environment = `${machine()}. ${versions(PEERS)}.`
console.log(`${environment}\n`)
const reports = new Map<string, Report>()
for (const name of positionals.length > 0 ? positionals : Object.keys(GROUPS)) {
  const report = await GROUPS[name]!.run(values.quick)
  reports.set(name, report)
  console.log(markdown(report))
}
if (values.write) writeDocs()

const goals = [...reports.values()].flatMap((report) => report.goals)
const missed = goals.filter((goal) => !isMet(goal))
console.log(
  missed.length === 0
    ? `All ${goals.length} goals are met.`
    : `${missed.length} of ${goals.length} goals are missed: ` +
        `${missed.map(({ name }) => name).join('; ')}.`,
)
process.exit(missed.length === 0 ? 0 : 1)

/** Replaces the sections of the measured groups. Other groups keep their figures. */
function writeDocs(): void {
  const file = join(DOCS, 'performance.md')
  let page = readFileSync(file, 'utf8')
  for (const [name, report] of reports) {
    page = withSection(page, name, report)
    if (hasPlot(report)) writePlot(name, report)
  }
  writeFileSync(file, page)
}

/** Returns the page with the group's report between its two comments. */
function withSection(page: string, name: string, report: Report): string {
  const [open, close] = [`<!-- bench ${name} -->`, `<!-- end of bench ${name} -->`]
  const [from, to] = [page.indexOf(open), page.indexOf(close)]
  if (from === -1 || to === -1)
    throw new Error(`docs/performance.md must contain ${open} and ${close}`)
  const plot = hasPlot(report) ? `![${report.title}](images/bench-${name}.svg)\n\n` : ''
  const source = `<sub>\`npm run bench -- ${name}\`. ${environment}</sub>`
  return `${page.slice(0, from)}${open}\n${markdown(report)}\n${plot}${source}\n\n` + page.slice(to)
}

function hasPlot({ table: { bars = [] } }: Report): boolean {
  return bars.length > 1
}

function writePlot(name: string, { title, table: { bars = [] } }: Report): void {
  mkdirSync(join(DOCS, 'images'), { recursive: true })
  const plot = barChart(title, bars, GROUPS[name]!.unit)
  writeFileSync(join(DOCS, 'images', `bench-${name}.svg`), plot)
}
