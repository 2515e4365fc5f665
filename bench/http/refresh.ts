import type { ChildProcess } from 'node:child_process'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { host, spawnPinned } from '../harness/hosted.ts'
import { load, percentile, type NextRequest } from '../harness/load.ts'
import { findProgram } from '../harness/machine.ts'
import { figure, range, type Goal, type Report } from '../harness/report.ts'
import { spread } from '../harness/rounds.ts'

const CONNECTIONS = 32
const APPS = join(import.meta.dirname, 'apps')

interface Endpoint {
  port: number
  next: NextRequest
  close(): unknown
}

/** The servers take turns, each on the first core; Flask's two workers use both cores. */
export async function refreshes({
  rounds,
  slice,
}: {
  rounds: number
  slice: number
}): Promise<Report> {
  const endpoints: Array<[name: string, start: () => Promise<Endpoint | null>]> = [
    ['Latchkey: POST /refresh, rotating, SQLite', latchkey],
    ['Better Auth: get-session with its update, SQLite', betterAuth],
    ['Flask-JWT-Extended: POST /refresh, stateless, 2 workers', flask],
  ]
  const open: Array<[string, Endpoint]> = []
  for (const [name, start] of endpoints) {
    const endpoint = await start()
    if (endpoint !== null) open.push([name, endpoint])
  }
  const samples = open.map(() => [] as number[])
  const waits = open.map(() => [] as number[])
  for (let round = -1; round < rounds; round++) {
    for (const [at, [name, { port, next }]] of open.entries()) {
      const { requests, statuses, latencies, took } = await load({
        port,
        connections: CONNECTIONS,
        duration: slice,
        next,
      })
      if (requests === 0 || statuses.size !== 1 || !statuses.has(200))
        throw new Error(`${name} answered ${JSON.stringify([...statuses])}`)
      if (round < 0) continue
      samples[at]!.push(requests / (took / 1000))
      waits[at]!.push(percentile(latencies, 0.99))
    }
  }
  for (const [, { close }] of open) await close()
  const ours = samples[0]!
  const ratios = samples.map((each) => spread(each.map((rate, round) => ours[round]! / rate)))
  const goals: Goal[] = open.slice(1).map(([name], at) => ({
    name: `refreshes per second, relative to ${name.split(':')[0]}`,
    value: ratios[at + 1]!.median,
    limit: name.startsWith('Better') ? 12 : 1.8,
    atLeast: true,
    unit: ' ×',
  }))
  return {
    title: 'A refresh, end to end',
    note:
      `${CONNECTIONS} connections, each of which continues with the token that it just ` +
      `received; ${slice} ms each, ${rounds} rounds. Latchkey rotates and writes at each ` +
      'request. It commits the requests of one turn of its event loop together, before it ' +
      'responds to any of them, so a crash of the process loses nothing.',
    table: {
      head: ['endpoint', 'per second', 'Latchkey relative to it', 'p99 in ms'],
      rows: open.map(([name], at) => [
        name,
        range(spread(samples[at]!)),
        `${figure(ratios[at]!.median)} ×`,
        figure(spread(waits[at]!).median),
      ]),
      bars: open.map(([name], at) => [name, spread(samples[at]!).median]),
    },
    goals,
  }
}

async function latchkey(): Promise<Endpoint> {
  const server = await host(join(APPS, 'refresh.ts'))
  const origin = `http://127.0.0.1:${server.port}`
  const tokens = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const answer = await fetch(`${origin}/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"username":"ada"}',
      })
      return ((await answer.json()) as { refresh_token: string }).refresh_token
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
      const rotations = (await server.ask('rotations')) as number
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
    const answer = await fetch(`${origin}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body,
    })
    cookies.push(
      answer.headers
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

/** Null if Python, the package or gunicorn is missing. */
async function flask(): Promise<Endpoint | null> {
  const gunicorn = findProgram('gunicorn', ['/usr/bin'])
  if (
    gunicorn === null ||
    spawnSync('/usr/bin/python3', ['-c', 'import flask_jwt_extended'], { stdio: 'ignore' })
      .status !== 0
  ) {
    console.warn('latchkey: no gunicorn with Flask-JWT-Extended on this machine; it is left out')
    return null
  }
  const port = await freePort()
  const server = spawnPinned(
    gunicorn,
    [
      '-b',
      `127.0.0.1:${port}`,
      '-w',
      '2',
      '--threads',
      '8',
      '-k',
      'gthread',
      '--keep-alive',
      '60',
      '--log-level',
      'error',
      'flask_app:app',
    ],
    '0,1',
    { cwd: APPS },
  )
  await answers(port)
  const response = await fetch(`http://127.0.0.1:${port}/login`, { method: 'POST' })
  const { refresh_token: token } = (await response.json()) as { refresh_token: string }
  return {
    port,
    next: () =>
      `POST /refresh HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
      'Content-Length: 0\r\n\r\n',
    close: () => ended(server),
  }
}

async function ended(server: ChildProcess): Promise<void> {
  const gone = once(server, 'exit')
  server.kill()
  await gone
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Waits until the port accepts connections. */
async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect(port, '127.0.0.1')
    const up = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      setTimeout(1000, false),
    ])
    socket.destroy()
    if (up) return
    await setTimeout(100)
  }
  throw new Error(`nothing listens on port ${port}`)
}
