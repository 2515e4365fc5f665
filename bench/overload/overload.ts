import { join } from 'node:path'
import { flood, type FloodResult } from '../harness/flood.ts'
import { host, type HostedServer } from '../harness/host.ts'
import { load, percentile, type LoadResult, type NextRequest } from '../harness/load.ts'
import { figure, type Goal, type Report } from '../harness/report.ts'

/** Connections that send twice as many requests as the server can handle. */
const FLOOD_CONNECTIONS = 1000
/** Connections that wait for each response before they send the next request. */
const CONNECTIONS = 32
/** For the refreshes next to passwords: enough even if each takes its limit of 250 ms. */
const MIXED_CONNECTIONS = 160

interface Phase<R extends LoadResult = LoadResult> {
  result: R
  /** The 99th percentile of the event loop's delay, in milliseconds. */
  delay: number
}

interface Phases {
  capacity: Phase
  overload: Phase<FloodResult>
  afterwards: Phase
  passwords: Phase<FloodResult>
}

/**
 * Measures the capacity of the server, twice that load, and the load afterwards; then refreshes
 * next to password sign-ins.
 */
export async function overload({ seconds }: { seconds: number }): Promise<Report> {
  const server = await host(join(import.meta.dirname, '..', 'http', 'apps', 'server.ts'))
  try {
    const phases = await runPhases(server, seconds)
    const rate = requestRate(phases.capacity.result)
    return {
      title: 'Overload',
      note:
        'The server as started by `npm start`, on one core. First as many refreshes as it can ' +
        `handle on ${CONNECTIONS} connections (its capacity); then ${FLOOD_CONNECTIONS} ` +
        `connections that send twice as many per second for ${seconds} s, without waiting for ` +
        `responses; then ${CONNECTIONS} connections again. Last, ${CONNECTIONS} connections ` +
        'that try passwords without a pause, next to a quarter of the refreshes on ' +
        `${MIXED_CONNECTIONS} connections.`,
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
          rowOf('capacity', phases.capacity),
          rowOf(`twice as much, ${figure(2 * rate)} per second`, phases.overload),
          rowOf('afterwards', phases.afterwards),
          rowOf('with passwords', phases.passwords),
        ],
      },
      goals: [
        ...overloadGoals(rate, phases.overload.result),
        ...afterwardsGoals(rate, phases.afterwards.result),
        ...passwordGoals(phases.passwords.result),
      ],
    }
  } finally {
    await server.close()
  }
}

async function runPhases(server: HostedServer, seconds: number): Promise<Phases> {
  const { port } = server
  const tokens = (await server.run('tokens')) as string[]
  const next: NextRequest = (at) => refreshRequest(tokens[at % tokens.length]!)
  const loadFor = (duration: number): Promise<LoadResult> =>
    load({ port, connections: CONNECTIONS, duration, next })
  await loadFor(2000)
  const capacity = await withDelay(server, () => loadFor(5000))
  const rate = requestRate(capacity.result)
  const overload = await withDelay(server, () =>
    flood({
      port,
      connections: FLOOD_CONNECTIONS,
      duration: seconds * 1000,
      rate: 2 * rate,
      next,
    }),
  )
  await loadFor(1000)
  const afterwards = await withDelay(server, () => loadFor(3000))
  const passwords = await withDelay(server, () => refreshNextToPasswords(port, next, rate / 4))
  return { capacity, overload, afterwards, passwords }
}

async function withDelay<R extends LoadResult>(
  server: HostedServer,
  work: () => Promise<R>,
): Promise<Phase<R>> {
  await server.run('delay')
  const result = await work()
  return { result, delay: (await server.run('delay')) as number }
}

async function refreshNextToPasswords(
  port: number,
  next: NextRequest,
  rate: number,
): Promise<FloodResult> {
  const opened = Promise.withResolvers<void>()
  const refreshes = flood({
    port,
    connections: MIXED_CONNECTIONS,
    duration: 5000,
    rate,
    next,
    onOpen: opened.resolve,
  })
  await opened.promise
  await load({ port, connections: CONNECTIONS, duration: 5000, next: signInRequest })
  return refreshes
}

const refreshRequest = (token: string): string =>
  `POST /refresh HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
  'Content-Length: 0\r\n\r\n'

/** A sign-in with a wrong password. */
function signInRequest(at: number): string {
  const body = JSON.stringify({ username: `person${at}`, password: 'a password that is wrong' })
  return (
    'POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  )
}

function overloadGoals(rate: number, result: FloodResult): Goal[] {
  const withoutRetryAfter = (result.heads.get(503) ?? []).filter(
    (head) => !/\r\nretry-after: \d/i.test(head),
  ).length
  return [
    {
      name: 'twice the load: successful responses, relative to the capacity',
      value: successRate(result) / rate,
      limit: 0.5,
      atLeast: true,
      unit: ' ×',
    },
    {
      name: 'twice the load: p99 of the successful responses',
      value: percentile(result.latencies, 0.99),
      limit: 1000,
      unit: ' ms',
    },
    {
      name:
        'twice the load: responses other than 200 and 503 with Retry-After, and broken ' +
        'connections',
      value: otherResponses(result) + result.broken + withoutRetryAfter,
      limit: 0,
    },
  ]
}

const afterwardsGoals = (rate: number, result: LoadResult): Goal[] => [
  {
    name: 'afterwards: successful responses, relative to the capacity',
    value: successRate(result) / rate,
    limit: 0.8,
    atLeast: true,
    unit: ' ×',
  },
  {
    name: 'afterwards: responses other than 200',
    value: result.requests - successes(result),
    limit: 0,
  },
]

const passwordGoals = (result: FloodResult): Goal[] => [
  {
    name: 'with passwords: successful refreshes, of those sent',
    value: successes(result) / (result.requests + result.unsent),
    limit: 0.99,
    atLeast: true,
  },
  {
    name: 'with passwords: p99 of a refresh',
    value: percentile(result.latencies, 0.99),
    limit: 250,
    unit: ' ms',
  },
]

const successes = ({ statuses }: LoadResult): number => statuses.get(200) ?? 0
const otherResponses = (result: LoadResult): number =>
  result.requests - successes(result) - (result.statuses.get(503) ?? 0)
const requestRate = ({ requests, took }: LoadResult): number => requests / (took / 1000)
const successRate = (result: LoadResult): number => successes(result) / (result.took / 1000)

function rowOf(what: string, { result, delay }: Phase): string[] {
  return [
    what,
    figure(successRate(result)),
    String(result.statuses.get(503) ?? 0),
    String(otherResponses(result)),
    figure(percentile(result.latencies, 0.99)),
    figure(delay),
  ]
}
