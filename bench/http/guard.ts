import { join } from 'node:path'
import { createSigner } from 'fast-jwt'
import { createAuth } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { host, type Hosted } from '../harness/hosted.ts'
import { load, type Loaded } from '../harness/load.ts'
import { figure, range, type Goal, type Report } from '../harness/report.ts'
import { spread, type Spread } from '../harness/rounds.ts'
import { SECRET, tokensOf } from '../jwt/auths.ts'

/** The routes of one framework's app, in addition to `/bare` and `/latchkey`. */
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
const LEAD = 60

export interface GuardOptions {
  rounds: number
  /** Milliseconds for each route in each round. */
  slice: number
}

export async function guards({ rounds, slice }: GuardOptions): Promise<Report> {
  const rows: string[][] = []
  const bars: Array<[string, number]> = []
  const goals: Goal[] = []
  for (const [framework, peers] of Object.entries(PEERS)) {
    const added = await ofFramework(framework, peers, rounds, slice)
    for (const [name, { cpu, share }] of added) {
      rows.push([framework, name, range(cpu), figure(share.median)])
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

function goalsOf(framework: string, of: (name: string) => number): Goal[] {
  const first = `${framework}: first seen`
  switch (framework) {
    case 'node':
    case 'fastify':
      return [
        { name: first, value: of(FIRST), limit: 14, unit: ' µs' },
        { name: `${framework}: seen before`, value: of(SEEN), limit: 3, unit: ' µs' },
      ]
    case 'hono':
      return [
        {
          name: `${first}, relative to hono/jwt`,
          value: of(FIRST) / of('hono/jwt'),
          limit: 0.3,
          unit: ' ×',
        },
      ]
    case 'express':
      return [
        {
          name: `${first}, relative to express-jwt with a KeyObject`,
          value: of(FIRST) / of('express-jwt, KeyObject'),
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

interface Added {
  cpu: Spread
  share: Spread
}

type Route = [name: string, path: string, tokens: () => string[] | Promise<string[]>]

async function ofFramework(
  framework: string,
  peers: Record<string, string>,
  rounds: number,
  slice: number,
): Promise<Map<string, Added>> {
  const server = await host(join(import.meta.dirname, 'apps', `${framework}.ts`))
  const auth = createAuth({ secret: SECRET, store: memoryStore() })
  const seen = await tokensOf(auth, 512)
  const forPeers = peersTokens(512)
  // Separates the cost of the check from the effect of `setImmediate`.
  const later: Route[] =
    framework === 'express' ? [['setImmediate alone', '/bare-later', () => seen]] : []
  const routes: Route[] = [
    ['bare', '/bare', () => seen],
    [FIRST, '/latchkey', () => tokensOf(auth, POOL)],
    [SEEN, '/latchkey', () => seen],
    ...later,
    ...Object.entries(peers).map(([path, name]): Route => [name, path, () => forPeers]),
  ]
  const samples = new Map(
    routes.map(([name]) => [name, { cpu: [] as number[], rate: [] as number[] }]),
  )
  try {
    for (let round = -1; round < rounds; round++) {
      // Made before the first slice: a server that waits while tokens are made has cold caches.
      const requests = new Map<string, Buffer[]>()
      for (const [name, path, tokens] of routes)
        requests.set(name, requestsFor(path, await tokens()))
      globalThis.gc?.()
      for (let turn = 0; turn < routes.length; turn++) {
        const [name, path] = routes[(turn + Math.max(0, round)) % routes.length]!
        const { cpu, rate, refused } = await oneSlice(
          server,
          requests.get(name)!,
          round < 0 ? 1000 : slice,
        )
        if (refused > 0) throw new Error(`${path} of ${framework} refused ${refused} good tokens`)
        if (round < 0) continue
        samples.get(name)!.cpu.push(cpu)
        samples.get(name)!.rate.push(rate)
      }
    }
  } finally {
    await server.close()
  }
  const bare = samples.get('bare')!
  const added = [...samples]
    .filter(([name]) => name !== 'bare')
    .map(([name, { cpu, rate }]): [string, Added] => [
      name,
      {
        cpu: spread(cpu.map((each, at) => each - bare.cpu[at]!)),
        share: spread(rate.map((each, at) => each / bare.rate[at]!)),
      },
    ])
  return new Map(added)
}

const requestsFor = (path: string, tokens: readonly string[]): Buffer[] =>
  tokens.map((token) =>
    Buffer.from(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      'latin1',
    ),
  )

async function oneSlice(
  server: Hosted,
  requests: readonly Buffer[],
  duration: number,
): Promise<{ cpu: number; rate: number; refused: number }> {
  let at = 0
  const ask = (duration: number): Promise<Loaded> =>
    load({
      port: server.port,
      connections: CONNECTIONS,
      duration,
      next: () => requests[at++ % requests.length]!,
    })
  await ask(LEAD)
  const before = await server.cpu()
  const { requests: answered, statuses, took } = await ask(duration)
  const cpu = (await server.cpu()) - before
  return {
    cpu: cpu / answered,
    rate: answered / (took / 1000),
    refused: answered - (statuses.get(200) ?? 0),
  }
}

/** With a `typ` that every library accepts. */
function peersTokens(count: number): string[] {
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
