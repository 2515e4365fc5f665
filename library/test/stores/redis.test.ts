import { storeContract } from 'latchkey/testing'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { anyRedisFor, redisClusterFor, redisFor } from '../../../scripts/redis.mjs'
import { redisStore, type IoRedis } from '../../src/stores/redis/store.ts'
import {
  createIn,
  DAY,
  endAt,
  newId,
  NOW,
  sessionWith,
  listAll,
} from '../../src/testing/store-cases/case.ts'
import { CLIENTS, newPrefix, openCluster, openRedis } from './redis-clients.ts'

const engine = await anyRedisFor('the store for Redis')
const cluster = await redisClusterFor('the store for Redis Cluster')
afterAll(async () => {
  await engine?.stop()
  await cluster?.stop()
})

const OPEN = [
  ...CLIENTS.map(
    (client) =>
      [
        `Redis over ${client}`,
        engine,
        async (prefix: string) => openRedis(client, engine!.url, { prefix }),
      ] as const,
  ),
  ...CLIENTS.map(
    (client) =>
      [
        `Redis Cluster over ${client}`,
        cluster,
        async (prefix: string) => openCluster(client, cluster!.nodes, { prefix }),
      ] as const,
  ),
]
for (const [name, started, connect] of OPEN) {
  describe.skipIf(started === null)(name, () => {
    storeContract({
      test,
      durable: true,
      expires: true,
      async makeStore() {
        const prefix = newPrefix()
        let open = await connect(prefix)
        return {
          store: open.store,
          async reopen() {
            await open.close()
            open = await connect(prefix)
            return open.store
          },
          close: async () => open.close(),
        }
      },
    })
  })
}

const run = test.skipIf(engine === null)

/** A client whose process dies after some commands: further ones are not sent and never settle. */
function dyingAfter(redis: Redis, commands: number): { client: IoRedis; died: Promise<void> } {
  let left = commands
  let die: () => void
  const died = new Promise<void>((resolve) => (die = resolve))
  const call = async (command: string, ...values: string[]) => {
    if (left-- > 0) return redis.call(command, ...values)
    die()
    return new Promise<never>(() => {})
  }
  return { client: { call, isCluster: false, duplicate: () => redis.duplicate() }, died }
}

run(
  'process dies between any two commands: endAll misses no live session, endedSince no ended one',
  async () => {
    const redis = new Redis(engine!.url)
    onTestFinished(() => redis.disconnect())
    const OPERATIONS = [
      async (store: ReturnType<typeof redisStore>, session: ReturnType<typeof sessionWith>) =>
        store.create(session),
      async (store: ReturnType<typeof redisStore>, { id }: { id: string }) =>
        store.end(id, endAt(NOW)),
      async (store: ReturnType<typeof redisStore>) => store.endAll('ada', null, endAt(NOW)),
      async (store: ReturnType<typeof redisStore>) => store.prune(NOW + DAY),
    ]
    for (const [index, operation] of OPERATIONS.entries()) {
      for (let commands = 0; ; commands++) {
        const options = { prefix: newPrefix(), dangerouslyNotDurable: true }
        const store = redisStore(redis, options)
        const [session, other] = [sessionWith(), sessionWith({ createdAt: NOW - 1 })]
        await store.create(other)
        if (index > 0) await store.create(session)
        if (index > 2) await store.endAll('ada', null, endAt(NOW))
        const { client, died } = dyingAfter(redis, commands)
        const done = await Promise.race([
          operation(redisStore(client, options), session).then(() => true),
          died.then(() => false),
        ])
        // Readers see a live or an ended session, and every end is reported.
        for (const row of await listAll(store, 'ada')) {
          const reported = (await store.endedSince(0)).some(({ sessionId }) => sessionId === row.id)
          if (index < 3)
            expect([index, commands, reported]).toEqual([index, commands, row.end !== null])
        }
        const existing = await Promise.all([session, other].map(async ({ id }) => store.read(id)))
        await store.endAll('ada', null, endAt(NOW + 1))
        for (const row of existing)
          if (row !== null)
            expect([index, commands, (await store.read(row.id))!.end]).toEqual([
              index,
              commands,
              expect.anything(),
            ])
        // The interrupted operation can be completed.
        await store.prune(NOW + 31 * DAY)
        expect([await listAll(store, 'ada'), await store.endedSince(0)]).toEqual([[], []])
        if (done) break
      }
    }
  },
)

run(
  'expiry: thirty days after the end of the session, for any difference between the clocks',
  async () => {
    for (const skew of [-400 * DAY, 0, 400 * DAY]) {
      const { store, send, close } = await openRedis('ioredis', engine!.url, { prefix: 'skewed:' })
      const at = NOW + skew
      const session = await createIn(store, {
        issuedAt: at,
        createdAt: at,
        idleEndsAt: at + 10 * DAY,
        endsAt: at + 90 * DAY,
      })
      const days = async () =>
        Math.round(Number(await send('PTTL', `skewed:session:${session.id}`)) / DAY)
      expect(await days()).toBe(40)
      await store.rotate(session.id, session, {
        generation: 1,
        attempt: null,
        issuedAt: at + 5 * DAY,
        idleEndsAt: at + 25 * DAY,
        device: {},
      })
      expect(await days()).toBe(50)
      await store.end(session.id, endAt(at + 6 * DAY))
      expect(await days()).toBe(30)
      expect(Number(await send('PTTL', 'skewed:identity:ada'))).toBeGreaterThan(119 * DAY)
      await close()
    }
  },
)

run('create: ids of expired sessions are removed from the index of the identity', async () => {
  const { store, send, close } = await openRedis('ioredis', engine!.url, { prefix: newPrefix() })
  onTestFinished(close)
  const prefix = `test-${process.pid}-`
  const old = await createIn(store, { createdAt: NOW - 2 * DAY, identity: 'grace' })
  const index = ((await send('KEYS', `${prefix}*:identity:grace`)) as string[])[0]!
  await send('DEL', index.replace('identity:grace', `session:${old.id}`))
  const { id } = await createIn(store, { identity: 'grace' })
  await expect.poll(async () => send('ZRANGE', index, '0', '-1')).toEqual([id])
})

run.each([
  ['appendonly', ['--appendonly', 'no']],
  ['appendfsync', ['--appendfsync', 'everysec']],
  ['maxmemory-policy', ['--maxmemory-policy', 'allkeys-lru']],
] as const)(
  'migrate and create: rejected with an unsafe %s unless dangerouslyNotDurable is set',
  async (setting, settings) => {
    const server = (await redisFor('a Redis that is not durable', [...settings]))!
    onTestFinished(async () => server.stop())
    for (const client of CLIENTS) {
      const { store, close } = await openRedis(client, server.url)
      await expect(store.migrate()).rejects.toThrow(
        new RegExp(`runs with ${setting} = .*dangerouslyNotDurable`),
      )
      await expect(createIn(store)).rejects.toThrow(setting)
      await close()
      const accepting = await openRedis(client, server.url, { dangerouslyNotDurable: true })
      await createIn(accepting.store)
      await accepting.close()
    }
  },
)

run('migrate: rejected if the settings cannot be read', async () => {
  // A server of its own, because the test adds a user.
  const server = (await redisFor('a Redis whose settings cannot be read'))!
  onTestFinished(async () => server.stop())
  const { send, close } = await openRedis('ioredis', server.url)
  onTestFinished(close)
  await send('ACL', 'SETUSER', 'app', 'on', '>app', '~*', '&*', '+@all', '-config')
  const { store, close: closeApp } = await openRedis(
    'ioredis',
    server.url.replace('redis://', 'redis://app:app@'),
  )
  onTestFinished(closeApp)
  await expect(store.migrate()).rejects.toThrow('Redis does not allow appendonly to be read')
  expect(await store.read(newId())).toBeNull()
})

test('redisStore: an invalid client or option throws', () => {
  expect(() => redisStore({} as never)).toThrow(
    /the client must be a Redis or Cluster of "ioredis"/,
  )
  const client = { call: async () => null, isCluster: false, duplicate: () => ({}) as never }
  expect(() => redisStore(client, { ttl: 5 } as never)).toThrow(
    'redisStore: unknown option "ttl"; ' +
      'the options are prefix, timeLimit, notifications, dangerouslyNotDurable',
  )
  expect(() => redisStore(client, { prefix: '' })).toThrow(
    'redisStore: option "prefix" must be a non-empty string',
  )
})
