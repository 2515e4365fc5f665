import { spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { host, spawnPinned } from '../harness/host.ts'
import { load, percentile, type NextRequest } from '../harness/load.ts'
import { findProgram } from '../harness/environment.ts'
import { figure, range, type Goal, type Report } from '../harness/report.ts'
import { spread } from '../harness/rounds.ts'

const CONNECTIONS = 32
const APPS = join(import.meta.dirname, 'apps')

/** A running server, and the requests to send to it. */
interface Endpoint {
  port: number
  next: NextRequest
  close(): unknown
}

interface Contestant {
  name: string
  /** Returns null if the program is not on this machine. */
  start(): Promise<Endpoint | null>
  /** Latchkey must reach at least this multiple of its rate. */
  limit?: number
}

const CONTESTANTS: Contestant[] = [
  { name: 'Latchkey: POST /refresh, rotating, SQLite', start: latchkey },
  { name: 'Better Auth: get-session with its update, SQLite', start: betterAuth, limit: 12 },
  {
    name: 'Flask-JWT-Extended: POST /refresh, stateless, 2 workers',
    start: flask,
    limit: 1.8,
  },
]

interface Measured extends Omit<Contestant, 'start'> {
  endpoint: Endpoint
  /** Responses per second in each round. */
  rates: number[]
  /** The 99th percentile of the latencies in each round, in milliseconds. */
  p99s: number[]
}

/**
 * Measures the servers in turn. Each runs on the first core; Flask's two workers use both cores.
 */
export async function refreshes({
  rounds,
  slice,
}: {
  rounds: number
  /** Milliseconds for each server in each round. */
  slice: number
}): Promise<Report> {
  const all: Measured[] = []
  for (const { start, ...contestant } of CONTESTANTS) {
    const endpoint = await start()
    if (endpoint !== null) all.push({ ...contestant, endpoint, rates: [], p99s: [] })
  }
  for (let round = -1; round < rounds; round++)
    for (const contestant of all) await measureSlice(contestant, slice, round < 0)
  for (const { endpoint } of all) await endpoint.close()
  const latchkeyRates = all[0]!.rates
  const ratioOf = ({ rates }: Measured): number =>
    spread(rates.map((rate, round) => latchkeyRates[round]! / rate)).median
  return {
    title: 'A refresh, end to end',
    note:
      `${CONNECTIONS} connections, each of which continues with the token that it just ` +
      `received; ${slice} ms each, ${rounds} rounds. Latchkey rotates and writes at each ` +
      'request. It commits the requests of one turn of its event loop together, before it ' +
      'responds to any of them, so a crash of the process loses nothing.',
    table: {
      head: ['endpoint', 'per second', 'Latchkey relative to it', 'p99 in ms'],
      rows: all.map((measured) => [
        measured.name,
        range(spread(measured.rates)),
        `${figure(ratioOf(measured))} ×`,
        figure(spread(measured.p99s).median),
      ]),
      bars: all.map(({ name, rates }) => [name, spread(rates).median]),
    },
    goals: all.flatMap((measured) =>
      measured.limit === undefined ? [] : goalOf(measured, ratioOf(measured)),
    ),
  }
}

const goalOf = ({ name, limit }: Measured, value: number): Goal => ({
  name: `refreshes per second, relative to ${name.split(':')[0]}`,
  value,
  limit: limit!,
  atLeast: true,
  unit: ' ×',
})

async function measureSlice(
  contestant: Measured,
  duration: number,
  isWarmUp: boolean,
): Promise<void> {
  const { name, endpoint, rates, p99s } = contestant
  const { port, next } = endpoint
  const result = await load({ port, connections: CONNECTIONS, duration, next })
  const { requests, statuses, latencies, took } = result
  if (requests === 0 || statuses.size !== 1 || !statuses.has(200))
    throw new Error(`${name} did not respond with 200 only: ${JSON.stringify([...statuses])}`)
  if (isWarmUp) return
  rates.push(requests / (took / 1000))
  p99s.push(percentile(latencies, 0.99))
}

async function latchkey(): Promise<Endpoint> {
  const server = await host(join(APPS, 'refresh.ts'))
  const origin = `http://127.0.0.1:${server.port}`
  const tokens = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const response = await fetch(`${origin}/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"username":"ada"}',
      })
      return ((await response.json()) as { refresh_token: string }).refresh_token
    }),
  )
  return {
    port: server.port,
    next(at, previous) {
      if (previous !== null) tokens[at] = /"refresh_token":"([^"]+)"/.exec(previous)![1]!
      return (
        `POST /refresh HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${tokens[at]}\r\n` +
        'Content-Length: 0\r\n\r\n'
      )
    },
    async close() {
      const rotations = (await server.run('rotations')) as number
      if (rotations === 0) throw new Error('nothing was rotated')
      await server.close()
    },
  }
}

async function betterAuth(): Promise<Endpoint> {
  const server = await host(join(APPS, 'better-auth.ts'))
  const origin = `http://127.0.0.1:${server.port}`
  const cookies: string[] = []
  for (let at = 0; at < CONNECTIONS; at++) {
    const body = JSON.stringify({
      name: 'Ada',
      email: `ada${at}@example.com`,
      password: 'correct horse battery',
    })
    const response = await fetch(`${origin}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body,
    })
    cookies.push(
      response.headers
        .getSetCookie()
        .map((cookie) => cookie.split(';')[0])
        .join('; '),
    )
  }
  return {
    port: server.port,
    next: (at) =>
      `GET /api/auth/get-session HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nCookie: ` +
      `${cookies[at]}\r\n\r\n`,
    close: () => server.close(),
  }
}

/** Returns null if Python, the package or gunicorn is missing. */
async function flask(): Promise<Endpoint | null> {
  const gunicorn = findProgram('gunicorn', ['/usr/bin'])
  if (gunicorn === null || !hasFlaskPackage()) {
    console.warn(
      'latchkey: Flask is left out. Install gunicorn and Flask-JWT-Extended to measure it.',
    )
    return null
  }
  const port = await freePort()
  const workers = '-w 2 -k gthread --threads 8 --keep-alive 60 --log-level error'
  const args = ['-b', `127.0.0.1:${port}`, ...workers.split(' '), 'flask_app:app']
  const server = spawnPinned(gunicorn, args, '0,1', { cwd: APPS })
  await untilListening(port)
  const response = await fetch(`http://127.0.0.1:${port}/login`, { method: 'POST' })
  const { refresh_token: token } = (await response.json()) as { refresh_token: string }
  return {
    port,
    next: () =>
      `POST /refresh HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
      'Content-Length: 0\r\n\r\n',
    close: () => stop(server),
  }
}

function hasFlaskPackage(): boolean {
  const { status } = spawnSync('/usr/bin/python3', ['-c', 'import flask_jwt_extended'], {
    stdio: 'ignore',
  })
  return status === 0
}

async function stop(server: ChildProcess): Promise<void> {
  const exited = once(server, 'exit')
  server.kill()
  await exited
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Waits until the port accepts connections. */
async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect(port, '127.0.0.1')
    const isListening = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      setTimeout(1000, false),
    ])
    socket.destroy()
    if (isListening) return
    await setTimeout(100)
  }
  throw new Error(`nothing listens on port ${port}`)
}
