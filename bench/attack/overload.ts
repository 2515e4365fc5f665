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

/** Concurrent users of a server of this size, each on a connection of its own. */
const CROWD = 1000
const POLITE = 32

/** Connections for the refreshes next to passwords: enough if each takes its limit of 250 ms. */
const MIXED = 160

/**
 * Measures the capacity of the server, twice that load, and the load afterwards; then refreshes
 * next to password sign-ins.
 */
export async function overload({ seconds }: { seconds: number }): Promise<Report> {
  const server = await host(join(import.meta.dirname, '..', 'http', 'apps', 'server.ts'))
  try {
    const tokens = (await server.ask('tokens')) as string[]
    const next: NextRequest = (at) => refreshOf(tokens[at % tokens.length]!)
    const polite = (duration: number): Promise<Loaded> =>
      load({ port: server.port, connections: POLITE, duration, next })
    await polite(2000)
    const [capacity, capacityDelay] = await withDelay(server, () => polite(5000))
    const rate = rateOf(capacity)
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
    const [mixed, mixedDelay] = await withDelay(server, () => withPasswords(server, next, rate / 4))
    return {
      title: 'Overload',
      note:
        'The server as started by `npm start`, on one core. First as many refreshes as it ' +
        `can handle on ${POLITE} connections (its capacity); then ${CROWD} connections that ` +
        'send ' +
        `twice as many per second for ${seconds} s, without waiting for responses; then ` +
        `${POLITE} connections again. Last, ${POLITE} connections that try passwords without ` +
        `a pause, next to a quarter of the refreshes on ${MIXED} connections.`,
      table: {
        head: [
          'what',
          '200 per second',
          '503',
          'other',
          'p99 of the 200s in ms',
          'p99 of the event loop’s delay in ms',
        ],
        rows: [
          rowOf('capacity', capacity, capacityDelay),
          rowOf(`twice as much, ${figure(2 * rate)} per second`, crowd, crowdDelay),
          rowOf('afterwards', after, afterDelay),
          rowOf('with passwords', mixed, mixedDelay),
        ],
      },
      goals: goalsOf(rate, crowd, after, mixed),
    }
  } finally {
    await server.close()
  }
}

function goalsOf(rate: number, crowd: Flooded, after: Loaded, mixed: Flooded) {
  const bare503 = (crowd.heads.get(503) ?? []).filter(
    (head) => !/\r\nretry-after: \d/i.test(head),
  ).length
  return [
    {
      name: 'twice the load: successful responses, relative to the capacity',
      value: served(crowd) / rate,
      limit: 0.5,
      atLeast: true,
      unit: ' ×',
    },
    {
      name: 'twice the load: p99 of the successful responses',
      value: percentile(crowd.latencies, 0.99),
      limit: 1000,
      unit: ' ms',
    },
    {
      name:
        'twice the load: responses other than 200 and 503 with Retry-After, and broken ' +
        'connections',
      value: others(crowd) + crowd.broken + bare503,
      limit: 0,
    },
    {
      name: 'afterwards: successful responses, relative to the capacity',
      value: served(after) / rate,
      limit: 0.8,
      atLeast: true,
      unit: ' ×',
    },
    { name: 'afterwards: responses other than 200', value: after.requests - ok(after), limit: 0 },
    {
      name: 'with passwords: successful refreshes, of those sent',
      value: ok(mixed) / (mixed.requests + mixed.unsent),
      limit: 0.99,
      atLeast: true,
    },
    {
      name: 'with passwords: p99 of a refresh',
      value: percentile(mixed.latencies, 0.99),
      limit: 250,
      unit: ' ms',
    },
  ]
}

const refreshOf = (token: string): string =>
  `POST /refresh HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
  'Content-Length: 0\r\n\r\n'

async function withPasswords(server: Hosted, next: NextRequest, rate: number): Promise<Flooded> {
  const lines = Promise.withResolvers<void>()
  const refreshed = flood({
    port: server.port,
    connections: MIXED,
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
  return (
    'POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  )
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
