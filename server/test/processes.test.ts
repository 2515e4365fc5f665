import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { pgbouncerFor } from '../../scripts/pgbouncer.mjs'
import { postgresFor } from '../../scripts/postgres.mjs'
import { redisFor } from '../../scripts/redis.mjs'
import { Jar } from './client.ts'
import { expectEventsInOrder } from './event-order.ts'
import { runOn } from './postgres-client.ts'
import {
  Clock,
  HOUR,
  MINUTE,
  ONE_ISSUER,
  PASSWORD,
  startServer,
  temporaryFolder,
  type Tokens,
} from './server.ts'

// Databases are started and killed, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })
/** Milliseconds, for `vi.waitFor`. */
const WAIT_LIMIT = 60_000

const postgres = await postgresFor('the server on PostgreSQL')
const redis = await redisFor('the server on Redis')
afterAll(async () => {
  await postgres?.stop()
  await redis?.stop()
})

let databases = 0
/** Creates an empty database and returns its URL. */
async function newDatabase(): Promise<string> {
  const name = `d${++databases}`
  await runOn(postgres!.url, `CREATE DATABASE ${name}`)
  return postgres!.url.replace(/postgres$/, name)
}

const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

const ENGINES: Array<[name: string, settings: () => Promise<Record<string, string>>]> = [
  ['PostgreSQL', async () => ({ ...ONE_ISSUER, DATABASE_URL: await newDatabase() })],
  [
    'PostgreSQL and Redis',
    async () => ({
      ...ONE_ISSUER,
      DATABASE_URL: await newDatabase(),
      REDIS_URL: `${redis!.url}/${databases}`,
    }),
  ],
]

describe.skipIf(postgres === null || redis === null).each(ENGINES)(
  'two processes on %s',
  (_name, newSettings) => {
    /** Starts two servers with the same keys, database and clock. */
    async function startTwo() {
      const [settings, clock] = [await newSettings(), new Clock()]
      const first = await startServer(settings, { clock })
      const second = await startServer(
        { ...settings, LATCHKEY_KEYS: readFileSync(join(first.folder, 'keys.json'), 'utf8') },
        { clock },
      )
      return { first, second, clock, settings }
    }

    test('session: either process accepts and refreshes it, or ends it for both', async () => {
      const { first, second, clock } = await startTwo()
      await first.register()
      const tokens = (
        await second.send('POST', '/login', { json: { username: 'ADA', password: PASSWORD } })
      ).body as unknown as Tokens
      expect((await first.send('GET', '/protected', withToken(tokens.access_token))).status).toBe(
        200,
      )
      clock.advance(HOUR)
      const refreshed = await first.send('POST', '/refresh', withToken(tokens.refresh_token))
      expect(refreshed).toMatchObject({ status: 200, body: { generation: 1 } })
      const fresh = refreshed.body as unknown as Tokens
      expect((await second.send('GET', '/protected', withToken(fresh.access_token))).status).toBe(
        200,
      )
      expect((await first.send('POST', '/logout', withToken(fresh.refresh_token))).status).toBe(204)
      await vi.waitFor(
        async () =>
          expect(
            (await second.send('GET', '/protected', withToken(fresh.access_token))).body,
          ).toMatchObject({ error: 'session_signed_out' }),
        WAIT_LIMIT,
      )
      expect(
        (await second.send('POST', '/refresh', withToken(fresh.refresh_token))).body,
      ).toMatchObject({ error: 'session_signed_out' })
    })

    test('events: those of one are read by the other, a repeat with other_device', async () => {
      const { first, second, clock } = await startTwo()
      const { refresh_token } = await first.register()
      clock.advance(MINUTE)
      const from = (agent: string) => ({
        headers: { authorization: `Bearer ${refresh_token}`, 'user-agent': agent },
      })
      const { access_token } = (await first.send('POST', '/refresh', from('curl/8.5.0')))
        .body as unknown as Tokens
      await first.send('POST', '/refresh', from('Wget/1.21'))
      // Events are recorded after the response.
      const eventsOnOther = async () =>
        (await second.send('GET', '/session', withToken(access_token))).body.events
      await expect.poll(eventsOnOther).toMatchObject([
        { type: 'signed-in' },
        { type: 'refreshed', generation: 1 },
        {
          type: 'repeated',
          generation: 1,
          device: { userAgent: 'Wget/1.21' },
          other_device: true,
        },
      ])
    })

    test('events: recorded out of order, read in the order in which they happened', async () => {
      await expectEventsInOrder(await startServer(await newSettings()))
    })

    test('accounts: usernames, failed attempts and passwords are shared', async () => {
      const { first, second, clock } = await startTwo()
      const { access_token } = await first.register()
      expect(
        (await second.send('POST', '/register', { json: { username: 'Ada', password: PASSWORD } }))
          .body,
      ).toMatchObject({ error: 'username_taken' })
      for (let tries = 0; tries < 5; tries++) {
        await (tries % 2 ? first : second).send('POST', '/login', {
          json: { username: 'ada', password: 'not the right sentence' },
        })
      }
      for (const server of [first, second]) {
        const refused = await server.send('POST', '/login', {
          json: { username: 'ada', password: PASSWORD },
        })
        expect(refused).toMatchObject({ status: 429, body: { error: 'too_many_attempts' } })
      }
      clock.advance(60)
      const changed = await second.send('POST', '/account/password', {
        ...withToken(access_token),
        json: { current_password: PASSWORD, new_password: 'another long sentence' },
      })
      expect(changed.status).toBe(200)
      expect(
        (
          await first.send('POST', '/login', {
            json: { username: 'ada', password: 'another long sentence' },
          })
        ).status,
      ).toBe(200)
      expect(
        (await first.send('POST', '/login', { json: { username: 'ada', password: PASSWORD } }))
          .status,
      ).toBe(401)
    })

    test('sign-in: a username that the database cannot store is unknown', async () => {
      const server = await startServer(await newSettings())
      for (const username of ['ada\0', 'ada\ud800']) {
        expect(
          (await server.send('POST', '/login', { json: { username, password: PASSWORD } })).body,
        ).toMatchObject({ error: 'credentials_invalid' })
      }
    })

    test('start: refused with other keys, possible with a copy of the key file', async () => {
      const settings = await newSettings()
      const { folder } = await startServer(settings)
      await expect(startServer(settings)).rejects.toThrow(/There is no keys\.json in /)
      const { folder: foreign, close } = await startServer()
      await close()
      const LATCHKEY_KEYS = readFileSync(join(foreign, 'keys.json'), 'utf8')
      await expect(startServer({ ...settings, LATCHKEY_KEYS })).rejects.toThrow(
        /is used with other keys than those of this process\. Copy keys\.json/,
      )
      await expect(startServer({ ...settings, LATCHKEY_KEYS: '{}' })).rejects.toThrow(
        'LATCHKEY_KEYS is not the content of a keys.json file.',
      )
      const copy = temporaryFolder()
      copyFileSync(join(folder, 'keys.json'), join(copy, 'keys.json'))
      expect(
        (await (await startServer(settings, { folder: copy })).send('GET', '/healthz')).status,
      ).toBe(200)
    })

    test('database down: 503 without cookies; once it is back, a refresh succeeds', async () => {
      const { first, clock, settings } = await startTwo()
      const engine = settings.REDIS_URL === undefined ? postgres! : redis!
      await first.register()
      const jar = new Jar()
      expect((await first.signInWithCookies(jar)).status).toBe(200)
      clock.advance(HOUR)
      const before = [...jar]
      await engine.end('SIGKILL')
      for (const path of ['/refresh', '/login']) {
        const response = await first.send('POST', path, {
          json: { username: 'ada', password: PASSWORD },
          jar,
          headers: { origin: first.origin },
        })
        expect(response).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
        expect(response.headers['retry-after']).toMatch(/^\d+$/)
        expect(response.cookies).toEqual([])
      }
      expect([...jar]).toEqual(before)
      await engine.start()
      await vi.waitFor(
        async () =>
          expect(
            (await first.send('POST', '/refresh', { jar, headers: { origin: first.origin } }))
              .status,
          ).toBe(200),
        WAIT_LIMIT,
      )
      expect(first.output.join('')).not.toContain(PASSWORD)
    })
  },
)

const pooler = postgres && (await pgbouncerFor('the server behind PgBouncer', postgres.port))
afterAll(async () => pooler?.stop())

test.skipIf(pooler === null)(
  'PgBouncer in transaction mode: two processes share accounts, sessions and their ends',
  async () => {
    const settings = { ...ONE_ISSUER, DATABASE_URL: pooler!.url }
    const first = await startServer(settings)
    const keys = readFileSync(join(first.folder, 'keys.json'), 'utf8')
    const second = await startServer({ ...settings, LATCHKEY_KEYS: keys })
    await first.register()
    const json = { username: 'ada', password: PASSWORD }
    // More at a time than the pooler has connections.
    const signedIn = await Promise.all(
      Array.from({ length: 6 }, async () => second.send('POST', '/login', { json })),
    )
    for (const { status, body } of signedIn) {
      expect(status).toBe(200)
      const { refresh_token } = body as unknown as Tokens
      const refreshed = await first.send('POST', '/refresh', withToken(refresh_token))
      expect(refreshed.status).toBe(200)
    }
    const [{ access_token }] = signedIn.map(({ body }) => body as unknown as Tokens) as [Tokens]
    expect((await first.send('POST', '/logout', withToken(access_token))).status).toBe(204)
    const ended = async () => (await second.send('GET', '/protected', withToken(access_token))).body
    await expect.poll(ended, { timeout: WAIT_LIMIT }).toMatchObject({
      error: 'session_signed_out',
    })
    expect(first.output.join('') + second.output.join('')).not.toMatch(/ERROR|"level":"error"/)
  },
)

test.skipIf(postgres === null)(
  'start: an unreachable database is one message, without its URL',
  async () => {
    const started = startServer({
      DATABASE_URL: `postgres://latchkey:hunter2@127.0.0.1:1/latchkey`,
    })
    await expect(started).rejects.toThrow('Cannot use the database in DATABASE_URL (ECONNREFUSED).')
    await expect(startServer({ REDIS_URL: 'redis://:hunter2@127.0.0.1:1' })).rejects.toThrow(
      'Cannot use the database in REDIS_URL',
    )
    await expect(started).rejects.not.toThrow('hunter2')
  },
)

test.skipIf(redis === null)(
  'start: a Redis that is not durable is refused, unless dangerously allowed',
  async () => {
    const forgetful = (await redisFor('the server on a Redis that forgets', [
      '--appendonly',
      'no',
    ]))!
    onTestFinished(async () => forgetful.stop())
    await expect(startServer({ REDIS_URL: forgetful.url })).rejects.toThrow(/appendonly = no/)
    expect(
      (
        await (
          await startServer({ REDIS_URL: forgetful.url, LATCHKEY_DANGEROUSLY_NOT_DURABLE: 'true' })
        ).send('GET', '/healthz')
      ).status,
    ).toBe(200)
  },
)
