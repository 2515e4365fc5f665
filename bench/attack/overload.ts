import { join } from 'node:path'
import { host, type Hosted } from '../harness/hosted.ts'
import {
  flood,
  load,
  percentile,
  type Flooded,
  type Loaded,
  type NextRequest,
} from '../harness/load.ts'
import { figure, type Report } from '../harness/report.ts'

/** As many people as a server of this size has at once, each on a line of his own. */
const CROWD = 1000
const POLITE = 32

/** Lines for the refreshes beside passwords: as many as are under way at once when each takes as long as it may (a quarter of a second). */
const BESIDE = 160

/** What the server bears, twice of that, and what comes after; then sign-ins with passwords beside refreshes. */
export async function overload({ seconds }: { seconds: number }): Promise<Report> {
  const server = await host(join(import.meta.dirname, '..', 'http', 'apps', 'server.ts'))
  try {
    const tokens = (await server.ask('tokens')) as string[]
    const next: NextRequest = (at) => refreshOf(tokens[at % tokens.length]!)
    const polite = (duration: number): Promise<Loaded> =>
      load({ port: server.port, connections: POLITE, duration, next })
    await polite(2000)
    const [bears, bearsDelay] = await withDelay(server, () => polite(5000))
    const rate = rateOf(bears)
    const [crowd, crowdDelay] = await withDelay(server, () =>
      flood({
        port: server.port,
        connections: CROWD,
        duration: seconds * 1000,
        rate: 2 * rate,
        next,
      }),
    )
    await polite(1000)
    const [after, afterDelay] = await withDelay(server, () => polite(3000))
    const [beside, besideDelay] = await withDelay(server, () =>
      besidePasswords(server, next, rate / 4),
    )
    return {
      title: 'More than it can bear',
      note:
        `The server as \`npm start\` starts it, on one core. First as many refreshes as it answers to ${POLITE} connections; then ${CROWD} connections that send twice ` +
        `as many a second for ${seconds} s, whether answers come or not; then ${POLITE} connections again. Last, ${POLITE} connections that try passwords without a pause, beside a quarter of the refreshes, on ${BESIDE} lines.`,
      table: {
        head: [
          'what',
          '200 a second',
          '503',
          'anything else',
          'p99 of the 200s in ms',
          'p99 of the event loop’s delay in ms',
        ],
        rows: [
          rowOf('what it bears', bears, bearsDelay),
          rowOf(`twice as much, ${figure(2 * rate)} a second`, crowd, crowdDelay),
          rowOf('afterwards', after, afterDelay),
          rowOf('beside passwords', beside, besideDelay),
        ],
      },
      goals: goalsOf(rate, crowd, after, beside),
    }
  } finally {
    await server.close()
  }
}

function goalsOf(rate: number, crowd: Flooded, after: Loaded, beside: Flooded) {
  const bare503 = (crowd.heads.get(503) ?? []).filter(
    (head) => !/\r\nretry-after: \d/i.test(head),
  ).length
  return [
    {
      name: 'twice the load: answers, beside what it bears',
      value: served(crowd) / rate,
      limit: 0.5,
      atLeast: true,
      unit: ' ×',
    },
    {
      name: 'twice the load: p99 of the answers',
      value: percentile(crowd.latencies, 0.99),
      limit: 1000,
      unit: ' ms',
    },
    {
      name: 'twice the load: answers that are neither 200 nor 503 with Retry-After, and broken connections',
      value: others(crowd) + crowd.broken + bare503,
      limit: 0,
    },
    {
      name: 'afterwards: answers, beside what it bears',
      value: served(after) / rate,
      limit: 0.8,
      atLeast: true,
      unit: ' ×',
    },
    { name: 'afterwards: answers other than 200', value: after.requests - ok(after), limit: 0 },
    {
      name: 'beside passwords: refreshes answered, of those sent',
      value: ok(beside) / (beside.requests + beside.unsent),
      limit: 0.99,
      atLeast: true,
    },
    {
      name: 'beside passwords: p99 of a refresh',
      value: percentile(beside.latencies, 0.99),
      limit: 250,
      unit: ' ms',
    },
  ]
}

const refreshOf = (token: string): string =>
  `POST /refresh HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0\r\n\r\n`

async function besidePasswords(server: Hosted, next: NextRequest, rate: number): Promise<Flooded> {
  const lines = Promise.withResolvers<void>()
  const refreshed = flood({
    port: server.port,
    connections: BESIDE,
    duration: 5000,
    rate,
    next,
    opened: lines.resolve,
  })
  await lines.promise
  await load({ port: server.port, connections: POLITE, duration: 5000, next: attemptOf })
  return refreshed
}

function attemptOf(at: number): string {
  const body = JSON.stringify({ username: `person${at}`, password: 'not the password of anybody' })
  return `POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

async function withDelay<T>(server: Hosted, work: () => Promise<T>): Promise<[T, number]> {
  await server.ask('delay')
  const result = await work()
  return [result, (await server.ask('delay')) as number]
}

const ok = ({ statuses }: Loaded): number => statuses.get(200) ?? 0
const others = (loaded: Loaded): number =>
  loaded.requests - ok(loaded) - (loaded.statuses.get(503) ?? 0)
const rateOf = ({ requests, took }: Loaded): number => requests / (took / 1000)
const served = (loaded: Loaded): number => ok(loaded) / (loaded.took / 1000)

function rowOf(what: string, loaded: Loaded | Flooded, delay: number): string[] {
  return [
    what,
    figure(served(loaded)),
    String(loaded.statuses.get(503) ?? 0),
    String(others(loaded)),
    figure(percentile(loaded.latencies, 0.99)),
    figure(delay),
  ]
}
