import { once } from 'node:events'
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runCommand } from '../src/cli/admin.ts'
import { checkAddress } from '../src/doctor/check-address.ts'
import { checkInside, type InsideFacts } from '../src/doctor/check-inside.ts'
import { checkOrigin } from '../src/doctor/check-origin.ts'
import { probeOf } from '../src/doctor/probe.ts'
import { Clock, configOf, startServer, temporaryFolder, type TestServer } from './server.ts'

/** A proxy with one fault. */
interface Faults {
  /** Returns the headers that are passed on to the server. */
  toServer?: (headers: IncomingHttpHeaders) => OutgoingHttpHeaders
  /** Returns the headers of a response that are passed on to the client. */
  toClient?: (headers: IncomingHttpHeaders) => OutgoingHttpHeaders
  /** Returns true for a request that the proxy answers itself, with 404. */
  refuses?: (method: string, path: string, headers: IncomingHttpHeaders) => boolean
  /** Answers everything itself. */
  answer?: { status: number; headers?: OutgoingHttpHeaders; body?: string }
}

/** Starts a proxy that appends to `X-Forwarded-For`, as nginx does. */
async function startProxy(faults: Faults, target: () => number): Promise<string> {
  const { toServer = Object, toClient = Object, refuses, answer } = faults
  const proxy = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    if (answer !== undefined) {
      response.writeHead(answer.status, answer.headers).end(answer.body)
      return
    }
    if (refuses?.(method, url, headers) === true) {
      response.writeHead(404).end()
      return
    }
    const forwarded = [headers['x-forwarded-for'], '198.51.100.7'].filter(Boolean).join(', ')
    const passed = toServer({ ...headers, 'x-forwarded-for': forwarded }) as OutgoingHttpHeaders
    const upstream = httpRequest({ port: target(), method, path: url, headers: passed })
    upstream.on('response', (reply) => {
      response.writeHead(reply.statusCode!, toClient(reply.headers) as OutgoingHttpHeaders)
      reply.pipe(response)
    })
    upstream.on('error', () => response.destroy())
    request.pipe(upstream)
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void proxy.close())
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
}

/** A server on the real time, because the command has it. */
async function startNow(env: Record<string, string> = {}): Promise<TestServer> {
  const clock = new Clock()
  clock.now = Date.now()
  return startServer(env, { clock })
}

async function startBehind(faults: Faults, settings: Record<string, string> = {}) {
  let port = 0
  const origin = await startProxy(faults, () => port)
  const env = { LATCHKEY_ORIGIN: origin, LATCHKEY_TRUST_PROXY: '1', ...settings }
  const server = await startNow(env)
  port = server.port
  return { server, env }
}

/** Returns what the command says, to stdout or stderr. */
async function examine(server: TestServer, env: Record<string, string> = {}): Promise<string> {
  const config = configOf({ PORT: `${server.port}`, LATCHKEY_DATA: server.folder, ...env })
  const result = await runCommand(config, 'doctor', { name: null, options: {} })
  return result.ok ? result.text : result.message
}

const SOUND = 'No problem was found.'

test('nothing is found without mistakes: alone, and behind a proxy', async () => {
  expect(await examine(await startNow())).toBe(SOUND)
  const { server, env } = await startBehind({})
  expect(await examine(server, env)).toBe(SOUND)
})

const without =
  (name: string) =>
  (headers: IncomingHttpHeaders): OutgoingHttpHeaders =>
    Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name))

const PROXY_MISTAKES: ReadonlyArray<[mistake: string, faults: Faults, found: RegExp]> = [
  [
    'removes Authorization',
    { toServer: without('authorization') },
    /answers 401 token_invalid, and 401 token_missing arrives[^]*header Authorization/,
  ],
  ['removes Cookie', { toServer: without('cookie') }, /header Cookie/],
  [
    'refuses long headers',
    { refuses: (_method, _path, { authorization = '' }) => authorization.length > 4096 },
    /large_client_header_buffers/,
  ],
  [
    'refuses bodies',
    { refuses: (_method, _path, headers) => Number(headers['content-length']) > 8192 },
    /client_max_body_size/,
  ],
  ['refuses DELETE', { refuses: (method) => method === 'DELETE' }, /method DELETE/],
  [
    'passes some paths only',
    { refuses: (_method, path) => path.startsWith('/verify') },
    /all paths/,
  ],
  [
    'caches',
    { toClient: (headers) => ({ ...headers, 'cache-control': 'max-age=60' }) },
    /cache-control/,
  ],
  ['removes cookies', { toClient: without('set-cookie') }, /set-cookie/],
  [
    'rewrites the path of cookies',
    {
      toClient: ({ 'set-cookie': cookies, ...headers }) => ({
        ...headers,
        ...(cookies && { 'set-cookie': cookies.map((text) => text.replace('Path=/', 'Path=/x')) }),
      }),
    },
    /set-cookie/,
  ],
  [
    'has a policy of its own',
    { toClient: (headers) => ({ ...headers, 'content-security-policy': 'default-src *' }) },
    /content-security-policy/,
  ],
  [
    'sends no referrer',
    { toClient: (headers) => ({ ...headers, 'referrer-policy': 'no-referrer' }) },
    /referrer-policy/,
  ],
  [
    'lets clients choose their address',
    { toServer: (headers) => ({ ...headers, 'x-forwarded-for': '203.0.113.77' }) },
    /Clients can choose the address/,
  ],
  [
    'is another service',
    { answer: { status: 200, body: '<h1>Welcome</h1>' } },
    /Something else than this server answers/,
  ],
  [
    'redirects',
    { answer: { status: 301, headers: { location: 'https://sign-in.example/' } } },
    /redirects to https:\/\/sign-in\.example\.[^]*Set LATCHKEY_ORIGIN/,
  ],
]

describe('mistakes of a proxy', () => {
  test.each(PROXY_MISTAKES)('%s', async (_mistake, faults, found) => {
    const { server, env } = await startBehind(faults)
    expect(await examine(server, env)).toMatch(found)
  })

  test('more proxies trusted than there are', async () => {
    const { server, env } = await startBehind({}, { LATCHKEY_TRUST_PROXY: '2' })
    expect(await examine(server, env)).toMatch(/Set LATCHKEY_TRUST_PROXY to the number/)
  })

  test('no proxy is trusted, but there is one', async () => {
    const { audit } = (await startNow()).services
    const server = await startBehind({}, { LATCHKEY_TRUST_PROXY: '0' })
    const facts = { origin: server.env.LATCHKEY_ORIGIN, isLocal: false, trustProxy: 0 }
    const outside = probeOf(facts.origin)
    const seen = { ...facts, audit: server.server.services.audit }
    expect(await checkAddress(outside, seen)).toMatchObject([{ problem: /TRUST_PROXY is 0/ }])
    expect(await checkAddress(outside, { ...seen, isLocal: true })).toEqual([])
    // The event of another server is not found.
    expect(await checkAddress(outside, { ...seen, audit })).toEqual([])
  })

  test('another origin than the server has', async () => {
    const server = await startNow()
    const origin = await startProxy({}, () => server.port)
    const found = await examine(server, { LATCHKEY_ORIGIN: origin })
    expect(found).toMatch(/refuses forms of its own origin[^]*Restart the server/)
  })
})

describe('the origin', () => {
  const facts = { origin: 'http://localhost:1', keyIds: ['k'], now: Date.now() }

  test('nothing listens there', async () => {
    const server = await startNow()
    await server.close()
    expect(await examine(server)).toMatch(/reached at .* \(ECONNREFUSED\)\.\n {2}Nothing listens/)
  })

  test('https where the server has http', async () => {
    const { port } = await startNow()
    const result = await checkOrigin(probeOf(`https://localhost:${port}`), facts)
    expect(result).toMatchObject({ canGoOn: false })
    expect(result.findings[0]!.fix).toMatch(/does not speak TLS/)
  })

  test('another installation, which is unhealthy and whose clock is wrong', async () => {
    const body = JSON.stringify({ keys: [{ kid: 'other' }] })
    const headers = { date: new Date(facts.now - 90_000).toUTCString() }
    const origin = await startProxy({ answer: { status: 503, headers, body } }, () => 0)
    const { findings, canGoOn } = await checkOrigin(probeOf(origin), facts)
    expect(canGoOn).toBe(true)
    expect(findings.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('has other keys'),
      expect.stringContaining('is not healthy (status 503)'),
      expect.stringMatching(/The clock at .* differs by (?:89|90|91) seconds/),
    ])
  })
})

describe('inside', () => {
  const now = Date.UTC(2026, 5, 1, 12)
  const one = { id: 'a', startedAt: now, seenAt: now, hasStopped: false, keyIds: ['k'] }
  const sound: InsideFacts = {
    config: configOf({ LATCHKEY_DATA: '/tmp' }),
    keys: { keys: [], secrets: [] },
    keyIds: ['k'],
    processes: [one],
    now,
    cacheTime: 0,
    accessLifetime: 300_000,
    freeSpace: 2 ** 40,
    damage: null,
  }
  const published = { keys: [], secrets: [], rotation: { step: 'published' as const, at: now } }
  const withSettings = (env: Record<string, string>) => ({ config: configOf(env) })

  const MISTAKES: ReadonlyArray<[mistake: string, facts: Partial<InsideFacts>, found: RegExp]> = [
    ['a damaged database', { damage: 'wrong page' }, /damaged: wrong page/],
    ['a full disk', { freeSpace: 1000 }, /less than 1 GiB/],
    ['no process', { processes: [] }, /No process/],
    ['a process that is silent', { processes: [{ ...one, seenAt: now - 121_000 }] }, /No process/],
    [
      'a process with other keys',
      { processes: [one, { ...one, id: 'b', keyIds: ['other'] }] },
      /other signing keys/,
    ],
    [
      'a process that was not restarted',
      { keys: published, keyIds: ['k', 'new'] },
      /not been restarted/,
    ],
    [
      'a rotation that nobody completes',
      {
        keys: { ...published, rotation: { step: 'published', at: now - 8 * 86_400_000 } },
        keyIds: ['k'],
      },
      /more than a week ago/,
    ],
    [
      'plain http',
      withSettings({
        LATCHKEY_ORIGIN: 'http://sign-in.example',
        LATCHKEY_DANGEROUSLY_ALLOW_HTTP: 'true',
      }),
      /ALLOW_HTTP/,
    ],
    ['no durability', withSettings({ LATCHKEY_DANGEROUSLY_NOT_DURABLE: 'true' }), /NOT_DURABLE/],
    ['a left-over', withSettings({ LATCHKEY_DANGEROUSLY_REPLACE_KEYS: 'true' }), /for one start/],
    ['a left-over', withSettings({ LATCHKEY_DANGEROUSLY_MOVE_SESSIONS: 'true' }), /for one start/],
    ['short passwords', withSettings({ LATCHKEY_PASSWORD_MIN: '8' }), /fewer than 15/],
  ]

  test('nothing is found without mistakes', () => expect(checkInside(sound)).toEqual([]))

  test.each(MISTAKES)('%s', (_mistake, facts, found) => {
    const findings = checkInside({ ...sound, ...facts })
    expect(findings).toHaveLength(1)
    expect(findings[0]!.problem).toMatch(found)
  })

  test('SQLite finds a damaged file', async () => {
    const server = await startNow()
    for (let index = 0; index < 5; index++) await server.register(`person number ${index}`)
    await server.close()
    const file = openSync(join(server.folder, 'latchkey.db'), 'r+')
    // Not the first page, so that the file can be opened.
    for (let page = 3; page < 8; page++)
      writeSync(file, Buffer.alloc(2000, 7), 0, 2000, page * 4096)
    ftruncateSync(file, 64 * 4096)
    closeSync(file)
    expect(await examine(server).catch(String)).toMatch(/^- The database is damaged: /m)
  })

  test('a folder without a database', async () => {
    const config = configOf({ LATCHKEY_DATA: temporaryFolder() })
    await expect(runCommand(config, 'doctor', { name: null, options: {} })).rejects.toThrow(
      /There is no database in/,
    )
  })
})
