import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Metrics } from 'latchkey'
import { anyPostgresFor } from '../../scripts/postgres.mjs'
import { anyRedisFor } from '../../scripts/redis.mjs'
import { run } from '../testing.ts'
import { addPerson, createPeople } from './people.ts'

const postgres = await anyPostgresFor('the cluster')
const redis = await anyRedisFor('the cluster')
afterAll(async () => Promise.all([postgres?.stop(), redis?.stop()]))

const cwd = join(import.meta.dirname)
const SECRET = 'a secret that only the tests know, and long enough'
const CREDENTIALS = { username: 'ada', password: 'seven quiet owls at noon' }
const metricsOf = async (origin: string) =>
  (await fetch(`${origin}/metrics`)).json() as Promise<Metrics>

type Running = Awaited<ReturnType<typeof run>>

describe.skipIf(postgres === null || redis === null).each([
  ['Redis', () => ({ REDIS_URL: redis!.url })],
  ['PostgreSQL', () => ({})],
])('three processes behind a balancer, sessions in %s', (_name, storeSettings) => {
  let processes: Running[]
  let balancer: Running

  beforeAll(async () => {
    const pool = new Pool({ connectionString: postgres!.url })
    await pool.query('DROP TABLE IF EXISTS person')
    await createPeople(pool)
    await addPerson(pool, CREDENTIALS.username, CREDENTIALS.password)
    await pool.end()
    const env = { DATABASE_URL: postgres!.url, SECRET, ...storeSettings() }
    processes = await Promise.all([1, 2, 3].map(async () => run('server.ts', { cwd, env })))
    balancer = await run(`balancer.ts`, {
      cwd,
      env: {},
      args: processes.map(({ origin }) => origin),
    })
  })
  afterAll(async () => {
    await Promise.all([...processes, balancer].map(async ({ stop }) => stop()))
  })

  const send = async (
    method: string,
    path: string,
    {
      token,
      body,
      origin = balancer.origin,
    }: { token?: string; body?: object; origin?: string } = {},
  ) => {
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      'content-type': 'application/json',
      connection: 'close',
    }
    const response = await fetch(origin + path, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    return {
      status: response.status,
      body: (await response.json().catch(() => ({}))) as Record<string, string>,
    }
  }

  test('every process receives notifications of ended sessions', async () => {
    for (const { origin } of processes)
      await expect
        .poll(() => metricsOf(origin), { timeout: 20_000 })
        .toMatchObject({ revocations: { pushed: true } })
  })

  test('a sign-in at one is accepted by all; 30 refreshes at once return one token', async () => {
    const { access_token: token, refresh_token } = (
      await send('POST', '/login', { body: CREDENTIALS })
    ).body
    const responses = await Promise.all(
      Array.from({ length: 9 }, async () => send('GET', '/me', { token: token! })),
    )
    expect(responses.map(({ status, body }) => [status, body.hello])).toEqual(
      responses.map(() => [200, 'ada']),
    )
    expect(new Set(responses.map(({ body }) => body.from)).size).toBe(3)
    const refreshed = await Promise.all(
      Array.from({ length: 30 }, async () => send('POST', '/refresh', { token: refresh_token! })),
    )
    expect(
      new Set(refreshed.map(({ status, body }) => `${status} ${body.refresh_token}`)).size,
    ).toBe(1)
  })

  test('a sign-out at one is refused by all, and closes the open streams of all', async () => {
    const { access_token: token, refresh_token } = (
      await send('POST', '/login', { body: CREDENTIALS })
    ).body
    const streams = []
    for (const { origin } of processes) {
      const { ticket } = (
        await send('POST', '/ticket', { token: token!, body: { audience: '/live' } })
      ).body
      const clientRequest = get(`${origin}/live?ticket=${ticket}`)
      const [incoming] = (await once(clientRequest, 'response')) as [IncomingMessage]
      const [hello] = (await once(incoming.setEncoding('utf8'), 'data')) as [string]
      expect(hello).toMatch(/^data: hello ada, from \d+\n/)
      streams.push(once(incoming.resume(), 'end'))
      expect((await send('GET', `/live?ticket=${ticket}`)).body.error).toBe('ticket_invalid')
    }
    expect((await send('POST', '/logout', { token: refresh_token! })).status).toBe(204)
    await Promise.all(streams)
    for (const { origin } of processes) {
      expect((await send('GET', '/me', { token: token!, origin })).body.error).toBe(
        'session_signed_out',
      )
      const { revocations, connections } = await metricsOf(origin)
      expect(connections).toBe(0)
      expect(revocations).toMatchObject({ pushed: true, stale: false, storeReads: 0 })
      expect(revocations.lag!.count).toBeGreaterThan(0)
    }
    expect((await send('GET', '/metrics')).status).toBe(404)
  })

  test('sessions survive a killed process', async () => {
    const { access_token: token, refresh_token } = (
      await send('POST', '/login', { body: CREDENTIALS })
    ).body
    await processes.pop()!.stop()
    let lost = 0
    for (let count = 0; count < 9; count++) {
      const { status } = await send('GET', '/me', { token: token! })
      if (status === 503) lost++
      else expect(status).toBe(200)
    }
    expect(lost).toBeLessThanOrEqual(1)
    await expect
      .poll(async () => (await send('POST', '/refresh', { token: refresh_token! })).status)
      .toBe(200)
  })
})
