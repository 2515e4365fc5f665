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

/** Where the sessions of one test are; each `open` is a connection of its own, as of another process. */
interface Place {
  open(): Promise<Opened>
  /** Cuts every connection that hears of ended sessions, as a proxy or an administrator does; answers how many. */
  cut(): Promise<number>
}

const postgres = await postgresFor('the feed of PostgreSQL')
const redis = await redisFor('the feed of Redis')
const PLACES: Array<[name: string, engine: Engine | null, place: () => Place]> = [
  ...(['pg.Pool', 'postgres'] as const).map((client): [string, Engine | null, () => Place] => [
    `PostgreSQL over ${client}`,
    postgres,
    () => {
      const schema = newSchema()
      const cut = async () => {
        const { query, close } = await openPostgres('pg.Client', postgres!.url, schema)
        const killed = await query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE 'LISTEN%' OR query LIKE 'listen%'`,
        )
        await close()
        return killed.length
      }
      return { open: async () => openPostgres(client, postgres!.url, schema), cut }
    },
  ]),
  ...(['ioredis', 'redis'] as const).map((client): [string, Engine | null, () => Place] => [
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
      return { open: async () => openRedis(client, redis!.url, { prefix }), cut }
    },
  ]),
]
afterAll(async () => Promise.all([postgres?.stop(), redis?.stop()]))

/** A process: its own connection, and a clock that the test can put forward. */
async function processOn({
  open,
}: Place): Promise<{ auth: SessionAuth; store: Store; clock: { ahead: number } }> {
  const { store, close } = await open()
  await store.migrate()
  const clock = { ahead: 0 }
  const auth = createAuth({ secret: SECRET, store, now: () => Date.now() + clock.ahead })
  onTestFinished(async () => {
    auth.close()
    await close()
  })
  await isTold(auth)
  return { auth, store, clock }
}

const isTold = async (auth: SessionAuth): Promise<void> => {
  await expect
    .poll(() => auth.metrics().revocations, { timeout: 20_000 })
    .toMatchObject({ told: true, stale: false })
}

/** Somebody who signed in at one process and has a connection at another; `closed` settles when that is closed, and says why. */
async function connectedAt(auth: SessionAuth, from: SessionAuth) {
  const tokens = await from.signIn('ada')
  const checked = await auth.checkToken(tokens.accessToken)
  if (!checked.ok) throw new Error(checked.code)
  const closed = new Promise<CloseReason>((resolve) =>
    auth.bindConnection({ sessionId: tokens.sessionId, claims: checked.claims }, resolve),
  )
  return { ...tokens, closed }
}

/** An outage takes its time; the client makes no difference. */
const OUTAGES = new Set(['PostgreSQL over pg.Pool', 'Redis over ioredis'])

describe.each(PLACES)('%s', (name, engine, placeOf) => {
  describe.skipIf(engine === null)('two processes', () => {
    test('an end is told to every process: no request asks the store, and open connections close', async () => {
      const place = placeOf()
      const [here, there, third] = [
        await processOn(place),
        await processOn(place),
        await processOn(place),
      ]
      const [one, two] = [
        await connectedAt(there.auth, here.auth),
        await connectedAt(third.auth, here.auth),
      ]
      await here.auth.signOut(one.sessionId)
      expect(await one.closed).toBe('ended')
      expect(there.auth.checkToken(one.accessToken)).toBeInstanceOf(Promise)
      expect(await there.auth.checkToken(one.accessToken)).toMatchObject({
        ok: false,
        code: 'session_signed_out',
      })
      await here.auth.signOutEverywhere('ada')
      expect(await two.closed).toBe('ended')
      for (const { auth } of [here, there, third]) {
        const { revocations, connections } = auth.metrics()
        expect(revocations).toMatchObject({ told: true, stale: false, asked: 0 })
        expect(connections).toBe(0)
        expect(revocations.lag!.count).toBeGreaterThan(0)
      }
    })

    test('a theft that one process notices closes the connections at another', async () => {
      const place = placeOf()
      const [here, there] = [await processOn(place), await processOn(place)]
      const { refreshToken, closed } = await connectedAt(there.auth, here.auth)
      here.clock.ahead += 60_000
      tokensIn(await here.auth.refresh(refreshToken, under('one')))
      here.clock.ahead += 60_000
      expect(await here.auth.refresh(refreshToken, under('his'))).toMatchObject({
        ok: false,
        code: 'refresh_token_reused',
      })
      expect(await closed).toBe('ended')
    })

    test('the connection of the feed is cut while a session ends: it is known all the same, and the feed comes back by itself', async () => {
      const place = placeOf()
      const [here, there] = [await processOn(place), await processOn(place)]
      const [before, after] = [
        await connectedAt(there.auth, here.auth),
        await connectedAt(there.auth, here.auth),
      ]
      const cut = place.cut()
      await here.auth.signOut(before.sessionId)
      expect(await cut).toBeGreaterThanOrEqual(2)
      expect(await before.closed).toBe('ended')
      await isTold(there.auth)
      await here.auth.signOut(after.sessionId)
      expect(await after.closed).toBe('ended')
      expect(await there.auth.checkToken(after.accessToken)).toMatchObject({
        ok: false,
        code: 'session_signed_out',
      })
    })

    if (OUTAGES.has(name))
      test('the engine is gone: trusted for ten seconds, then refused with 503, and connections close; all is well when it is back', async () => {
        const place = placeOf()
        const { auth, clock } = await processOn(place)
        const { accessToken, refreshToken, closed } = await connectedAt(auth, auth)
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
        await isTold(auth)
      })

    test('a ticket is accepted by one process alone', async () => {
      const place = placeOf()
      const [here, there] = [await processOn(place), await processOn(place)]
      const { sessionId } = await here.auth.signIn('ada')
      const { ticket } = here.auth.createTicket(sessionId)
      const outcomes = await Promise.all(
        [here, there, here, there].map(async ({ auth }) => auth.redeemTicket(ticket)),
      )
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    })
  })
})
