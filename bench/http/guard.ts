import { join } from 'node:path'
import { createSigner } from 'fast-jwt'
import { createAuth } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { host, type HostedServer } from '../harness/host.ts'
import { load, type LoadResult } from '../harness/load.ts'
import { figure, range, type Goal, type Report } from '../harness/report.ts'
import { spread, type Spread } from '../harness/rounds.ts'
import { SECRET, tokensOf } from '../jwt/tokens.ts'

/** The routes of each framework's app, in addition to `/bare` and `/latchkey`. */
const PEERS: Record<string, Record<string, string>> = {
  node: {
    '/fast-jwt': 'fast-jwt',
    '/jsonwebtoken': 'jsonwebtoken, KeyObject',
    '/jose': 'jose, KeyObject',
  },
  fastify: { '/fastify-jwt': '@fastify/jwt' },
  hono: { '/hono-jwt': 'hono/jwt' },
  express: {
    '/express-jwt-key-object': 'express-jwt, KeyObject',
    '/express-jwt-string': 'express-jwt, string secret',
  },
  koa: { '/koa-jwt': 'koa-jwt' },
  nest: { '/nest-jwt': "Nest's recipe with @nestjs/jwt" },
}

const CONNECTIONS = 32
/** More tokens than one slice uses, because a token counts as first seen only once. */
const POOL = 20_000
/** Milliseconds of requests before each slice, to warm the caches. */
const WARM_UP = 60

export interface GuardOptions {
  rounds: number
  /** Milliseconds for each route in each round. */
  slice: number
}

/** Measures what a guard adds to a route in each framework, compared with its usual guards. */
export async function guards({ rounds, slice }: GuardOptions): Promise<Report> {
  const rows: string[][] = []
  const bars: Array<[string, number]> = []
  const goals: Goal[] = []
  for (const [framework, peers] of Object.entries(PEERS)) {
    const added = await measureFramework(framework, peers, { rounds, slice })
    for (const [name, { cpu, rateRatio }] of added) {
      rows.push([framework, name, range(cpu), figure(rateRatio.median)])
      bars.push([`${framework}: ${name}`, cpu.median])
    }
    goals.push(...goalsOf(framework, (name) => added.get(name)!.cpu.median))
  }
  return {
    title: 'A guard in front of a route',
    note:
      `CPU that the guard adds to one request, in the server's process without kernel time, ` +
      `relative to a bare route of the same process in the same round. HS256; ${CONNECTIONS} ` +
      `connections, ${slice} ms a route, ${rounds} rounds.`,
    table: {
      head: [
        'framework',
        'guard',
        'added CPU µs',
        'requests per second, relative to the bare route',
      ],
      rows,
      bars,
    },
    goals,
  }
}

function goalsOf(framework: string, cpuOf: (name: string) => number): Goal[] {
  const firstSeen = `${framework}: first seen`
  switch (framework) {
    case 'node':
    case 'fastify':
      return [
        { name: firstSeen, value: cpuOf(FIRST), limit: 14, unit: ' µs' },
        { name: `${framework}: seen before`, value: cpuOf(SEEN), limit: 3, unit: ' µs' },
      ]
    case 'hono':
      return [
        {
          name: `${firstSeen}, relative to hono/jwt`,
          value: cpuOf(FIRST) / cpuOf('hono/jwt'),
          limit: 0.3,
          unit: ' ×',
        },
      ]
    case 'express':
      return [
        {
          name: `${firstSeen}, relative to express-jwt with a KeyObject`,
          value: cpuOf(FIRST) / cpuOf('express-jwt, KeyObject'),
          limit: 1,
          unit: ' ×',
        },
      ]
    default:
      return []
  }
}

const FIRST = 'Latchkey, first seen'
const SEEN = 'Latchkey, seen before'

/** What a guard adds to a bare route. */
interface Added {
  /** CPU microseconds per request. */
  cpu: Spread
  /** Requests per second, relative to the bare route. */
  rateRatio: Spread
}

interface Route {
  name: string
  path: string
  /** Called before each round. */
  tokens(): string[] | Promise<string[]>
}

/** One figure for each round. */
interface Samples {
  cpu: number[]
  rate: number[]
}

async function measureFramework(
  framework: string,
  peers: Record<string, string>,
  { rounds, slice }: GuardOptions,
): Promise<Map<string, Added>> {
  const server = await host(join(import.meta.dirname, 'apps', `${framework}.ts`))
  const routes = await routesOf(framework, peers)
  const samples = new Map<string, Samples>(routes.map(({ name }) => [name, { cpu: [], rate: [] }]))
  try {
    await runRound(server, routes, 0, 1000)
    for (let round = 0; round < rounds; round++) {
      for (const [name, { cpu, rate }] of await runRound(server, routes, round, slice)) {
        samples.get(name)!.cpu.push(cpu)
        samples.get(name)!.rate.push(rate)
      }
    }
  } finally {
    await server.close()
  }
  const bare = samples.get('bare')!
  samples.delete('bare')
  return new Map([...samples].map(([name, route]) => [name, relativeTo(bare, route)]))
}

async function routesOf(framework: string, peers: Record<string, string>): Promise<Route[]> {
  const auth = createAuth({ secret: SECRET, store: memoryStore() })
  const seen = await tokensOf(auth, 512)
  const forPeers = peerTokens(512)
  const routes: Route[] = [
    { name: 'bare', path: '/bare', tokens: () => seen },
    { name: FIRST, path: '/latchkey', tokens: () => tokensOf(auth, POOL) },
    { name: SEEN, path: '/latchkey', tokens: () => seen },
  ]
  // Separates the cost of the check from the effect of `setImmediate`.
  if (framework === 'express')
    routes.push({ name: 'setImmediate alone', path: '/bare-later', tokens: () => seen })
  for (const [path, name] of Object.entries(peers))
    routes.push({ name, path, tokens: () => forPeers })
  return routes
}

/** Measures each route once. Each round starts with a different route. */
async function runRound(
  server: HostedServer,
  routes: readonly Route[],
  round: number,
  slice: number,
): Promise<Map<string, Slice>> {
  // Before the first slice: a server that waits while tokens are created has cold caches.
  const requests = new Map<string, Buffer[]>()
  for (const { name, path, tokens } of routes) requests.set(name, requestsFor(path, await tokens()))
  globalThis.gc?.()
  const slices = new Map<string, Slice>()
  for (let turn = 0; turn < routes.length; turn++) {
    const { name, path } = routes[(turn + round) % routes.length]!
    const measured = await measureSlice(server, requests.get(name)!, slice)
    if (measured.refused > 0)
      throw new Error(`${path} refused ${measured.refused} requests with valid tokens`)
    slices.set(name, measured)
  }
  return slices
}

const relativeTo = (bare: Samples, { cpu, rate }: Samples): Added => ({
  cpu: spread(cpu.map((micros, round) => micros - bare.cpu[round]!)),
  rateRatio: spread(rate.map((perSecond, round) => perSecond / bare.rate[round]!)),
})

const requestsFor = (path: string, tokens: readonly string[]): Buffer[] =>
  tokens.map((token) =>
    Buffer.from(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      'latin1',
    ),
  )

interface Slice {
  /** CPU microseconds per request. */
  cpu: number
  /** Requests per second. */
  rate: number
  refused: number
}

async function measureSlice(
  server: HostedServer,
  requests: readonly Buffer[],
  duration: number,
): Promise<Slice> {
  let at = 0
  const send = (duration: number): Promise<LoadResult> =>
    load({
      port: server.port,
      connections: CONNECTIONS,
      duration,
      next: () => requests[at++ % requests.length]!,
    })
  await send(WARM_UP)
  const before = await server.cpu()
  const { requests: responses, statuses, took } = await send(duration)
  const cpu = (await server.cpu()) - before
  return {
    cpu: cpu / responses,
    rate: responses / (took / 1000),
    refused: responses - (statuses.get(200) ?? 0),
  }
}

/** Tokens with a `typ` that every library accepts. */
function peerTokens(count: number): string[] {
  const sign = createSigner({ key: SECRET, expiresIn: 3_600_000 })
  return Array.from({ length: count }, (_, at) =>
    sign({
      sub: '5f1c8e0a-ada',
      jti: `a token of the pool ${at}`,
      sid: 'AAAAAAAAAAAAAAAAAAAAAA',
      fresh: false,
      role: 'member',
    }),
  )
}
