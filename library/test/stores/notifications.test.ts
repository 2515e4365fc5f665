import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { createAuth, type SessionAuth, type CloseReason, type Store } from 'latchkey'
import { postgresFor } from '../../../scripts/postgres.mjs'
import { redisFor } from '../../../scripts/redis.mjs'
import { SECRET, tokensIn, under } from '../core/session/setup.ts'
import { newSchema, openPostgres } from './postgres-clients.ts'
import { newPrefix, openRedis } from './redis-clients.ts'

interface Opened {
  store: Store & { migrate(): unknown }
  close(): Promise<void>
}

interface Engine {
  start(): Promise<void>
  end(signal?: string): Promise<void>
  stop(): Promise<void>
}

/** The data of one test. Each `open` uses a connection of its own, as another process does. */
interface Database {
  open(): Promise<Opened>
  /**
   * Closes all connections that receive notifications, from the side of the server. Returns how
   * many.
   */
  cutSubscriptions(): Promise<number>
}

const postgres = await postgresFor('the notifications of PostgreSQL')
const redis = await redisFor('the notifications of Redis')
const DATABASES: Array<[name: string, engine: Engine | null, newDatabase: () => Database]> = [
  ...(['pg.Pool', 'postgres'] as const).map((client): [string, Engine | null, () => Database] => [
    `PostgreSQL over ${client}`,
    postgres,
    () => {
      const schema = newSchema()
      const cut = async () => {
        const { query, close } = await openPostgres('pg.Client', postgres!.url, schema)
        const killed = await query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE pid <> pg_backend_pid() AND query LIKE 'LISTEN%' OR query LIKE 'listen%'`,
        )
        await close()
        return killed.length
      }
      return {
        open: async () => openPostgres(client, postgres!.url, schema),
        cutSubscriptions: cut,
      }
    },
  ]),
  ...(['ioredis', 'redis'] as const).map((client): [string, Engine | null, () => Database] => [
    `Redis over ${client}`,
    redis,
    () => {
      const prefix = newPrefix()
      const cut = async () => {
        const { send, close } = await openRedis('redis', redis!.url)
        const killed = await send('CLIENT', 'KILL', 'TYPE', 'pubsub')
        await close()
        return Number(killed)
      }
      return {
        open: async () => openRedis(client, redis!.url, { prefix }),
        cutSubscriptions: cut,
      }
    },
  ]),
]
afterAll(async () => Promise.all([postgres?.stop(), redis?.stop()]))

/**
 * Opens a store and an auth object, as another process does, with a clock that the test can move.
 */
async function openProcess({
  open,
}: Database): Promise<{ auth: SessionAuth; store: Store; clock: { ahead: number } }> {
  const { store, close } = await open()
  await store.migrate()
  const clock = { ahead: 0 }
  const auth = createAuth({ secret: SECRET, store, now: () => Date.now() + clock.ahead })
  onTestFinished(async () => {
    auth.close()
    await close()
  })
  await receivesNotifications(auth)
  return { auth, store, clock }
}

const receivesNotifications = async (auth: SessionAuth): Promise<void> => {
  await expect
    .poll(() => auth.metrics().revocations, { timeout: 20_000 })
    .toMatchObject({ pushed: true, stale: false })
}

/**
 * Signs in at one process and opens a connection at another. `closed` resolves with the reason when
 * that connection is closed.
 */
async function connectAt(auth: SessionAuth, signInAt: SessionAuth) {
  const tokens = await signInAt.signIn('ada')
  const checked = await auth.checkToken(tokens.accessToken)
  if (!checked.ok) throw new Error(checked.code)
  const closed = new Promise<CloseReason>((resolve) =>
    auth.bindConnection({ sessionId: tokens.sessionId, claims: checked.claims }, resolve),
  )
  return { ...tokens, closed }
}

/** Outages are slow to test and do not depend on the client: one client for each engine. */
const OUTAGES = new Set(['PostgreSQL over pg.Pool', 'Redis over ioredis'])

describe.each(DATABASES)('%s', (name, engine, newDatabase) => {
  describe.skipIf(engine === null)('two processes', () => {
    test('sign-out: other processes refuse the token and close its connections', async () => {
      const database = newDatabase()
      const [first, second, third] = [
        await openProcess(database),
        await openProcess(database),
        await openProcess(database),
      ]
      const [connectionA, connectionB] = [
        await connectAt(second.auth, first.auth),
        await connectAt(third.auth, first.auth),
      ]
      await first.auth.signOut(connectionA.sessionId)
      expect(await connectionA.closed).toBe('ended')
      expect(second.auth.checkToken(connectionA.accessToken)).toBeInstanceOf(Promise)
      expect(await second.auth.checkToken(connectionA.accessToken)).toMatchObject({
        ok: false,
        code: 'session_signed_out',
      })
      await first.auth.signOutEverywhere('ada')
      expect(await connectionB.closed).toBe('ended')
      for (const { auth } of [first, second, third]) {
        const { revocations, connections } = auth.metrics()
        expect(revocations).toMatchObject({ pushed: true, stale: false, storeReads: 0 })
        expect(connections).toBe(0)
        expect(revocations.lag!.count).toBeGreaterThan(0)
      }
    })

    test('reuse detected in one process: connections in another process close', async () => {
      const database = newDatabase()
      const [first, second] = [await openProcess(database), await openProcess(database)]
      const { refreshToken, closed } = await connectAt(second.auth, first.auth)
      first.clock.ahead += 60_000
      tokensIn(await first.auth.refresh(refreshToken, under('one')))
      first.clock.ahead += 60_000
      expect(await first.auth.refresh(refreshToken, under('thief'))).toMatchObject({
        ok: false,
        code: 'refresh_token_reused',
      })
      expect(await closed).toBe('ended')
    })

    test('sign-out without a subscription: polling finds it, then it reconnects', async () => {
      const database = newDatabase()
      const [first, second] = [await openProcess(database), await openProcess(database)]
      const [before, after] = [
        await connectAt(second.auth, first.auth),
        await connectAt(second.auth, first.auth),
      ]
      const cut = database.cutSubscriptions()
      await first.auth.signOut(before.sessionId)
      expect(await cut).toBeGreaterThanOrEqual(2)
      expect(await before.closed).toBe('ended')
      await receivesNotifications(second.auth)
      await first.auth.signOut(after.sessionId)
      expect(await after.closed).toBe('ended')
      expect(await second.auth.checkToken(after.accessToken)).toMatchObject({
        ok: false,
        code: 'session_signed_out',
      })
    })

    if (OUTAGES.has(name))
      test('engine down: tokens are accepted for ten seconds, then refused with 503', async () => {
        const database = newDatabase()
        const { auth, clock } = await openProcess(database)
        const { accessToken, refreshToken, closed } = await connectAt(auth, auth)
        await engine!.end('SIGKILL')
        expect(await auth.checkToken(accessToken)).toMatchObject({ ok: true })
        clock.ahead += 11_000
        expect(await auth.checkToken(accessToken)).toMatchObject({
          ok: false,
          code: 'temporarily_unavailable',
          status: 503,
        })
        expect(await auth.refresh(refreshToken)).toMatchObject({
          ok: false,
          code: 'temporarily_unavailable',
          status: 503,
        })
        expect(await closed).toBe('unknown')
        await engine!.start()
        await expect
          .poll(async () => auth.checkToken(accessToken), { timeout: 20_000 })
          .toMatchObject({ ok: true })
        expect(await auth.refresh(refreshToken)).toMatchObject({ ok: true })
        await receivesNotifications(auth)
      })

    test('redeemTicket: one ticket in two processes, exactly one call succeeds', async () => {
      const database = newDatabase()
      const [first, second] = [await openProcess(database), await openProcess(database)]
      const { sessionId } = await first.auth.signIn('ada')
      const { ticket } = first.auth.createTicket(sessionId)
      const outcomes = await Promise.all(
        [first, second, first, second].map(async ({ auth }) => auth.redeemTicket(ticket)),
      )
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    })
  })
})
