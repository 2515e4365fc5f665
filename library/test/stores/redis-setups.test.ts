/** Redis as applications have it: users with few rights, older clients, idle servers. */
import { createRequire } from 'node:module'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { createAuth, type AuthEvent } from 'latchkey'
import { redisFor } from '../../../scripts/redis.mjs'
import { redisStore, type RedisStoreOptions } from '../../src/stores/redis/store.ts'
import { createIn } from '../../src/testing/store-cases/case.ts'
import { HOUR, SECRET, tokensIn, under } from '../core/session/setup.ts'

const engine = await redisFor('the everyday set-ups of Redis')
afterAll(async () => engine?.stop())
const run = test.skipIf(engine === null)

/** Adds a user with these rights, and opens a client of ioredis as that user. */
async function clientOf(user: string, rights: string): Promise<Redis> {
  const admin = new Redis(engine!.url)
  await admin.call('ACL', 'SETUSER', user, 'reset', 'on', '>pw', ...rights.split(' '))
  admin.disconnect()
  const client = new Redis(engine!.url.replace('redis://', `redis://${user}:pw@`))
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  return client
}

function openStore(client: Redis, options: RedisStoreOptions = {}) {
  const store = redisStore(client, options)
  onTestFinished(() => store.close())
  return store
}

/** The warnings of the process from now on. */
function spyOnWarnings(): () => unknown[] {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warnings.mockRestore())
  return () => warnings.mock.calls.map(([warning]) => warning)
}

// As docs/stores.md names them.
const RIGHTS =
  '~latchkey:* &latchkey:* +@connection +@read +@write +@scripting +@pubsub +info +time +config|get'

run('a user with the documented rights: migrate passes, notifications arrive', async () => {
  const warnings = spyOnWarnings()
  const client = await clientOf('documented', RIGHTS)
  const store = openStore(client)
  await store.migrate()
  const auth = createAuth({ secret: SECRET, store })
  onTestFinished(() => auth.close())
  const { refreshToken } = await auth.signIn('ada')
  tokensIn(await auth.refresh(refreshToken))
  await expect.poll(() => auth.metrics().revocations.pushed).toBe(true)
  expect(await auth.signOutEverywhere('ada')).toBe(1)
  const node = createClient({ url: engine!.url.replace('redis://', 'redis://documented:pw@') })
  await node.connect()
  onTestFinished(() => node.destroy())
  await redisStore(node).migrate()
  expect(warnings()).toEqual([])
})

run.each([
  ['other keys', '~team:* &* +@all'],
  ['no scripts', '~latchkey:* &* +@all -@scripting'],
  ['no lists', '~latchkey:* &* +@all -zrange'],
  ['no writing', '~latchkey:* &* +@all -@write'],
])('a user with a right too few (%s): migrate refuses, and names it', async (_, rights) => {
  const store = openStore(await clientOf('few', rights))
  await expect(store.migrate()).rejects.toMatchObject({
    name: 'LatchkeySetupError',
    message: expect.stringMatching(
      /^redisStore: .*(?:NOPERM|permission|can't).*docs\/stores\.md$/s,
    ),
  })
  await expect(createIn(store)).rejects.toMatchObject({ name: 'LatchkeySetupError' })
})

run('migrate leaves nothing behind, and ends no other session', async () => {
  const client = new Redis(engine!.url)
  onTestFinished(() => client.disconnect())
  const store = openStore(client, { prefix: 'clean:' })
  const session = await createIn(store)
  const before = (await client.keys('clean:*')).sort()
  await store.migrate()
  expect((await client.keys('clean:*')).filter((key) => !key.includes(':claimed:')).sort()).toEqual(
    before,
  )
  expect(await store.read(session.id)).toEqual(session)
})

run('a user who may not publish: ends are answered as done and told; migrate warns', async () => {
  const warnings = spyOnWarnings()
  const store = openStore(await clientOf('silent', '~latchkey:* +@all'))
  await store.migrate()
  expect(warnings()).toMatchObject([expect.stringMatching(/by polling.*&latchkey:ended-now/)])
  const events: AuthEvent[] = []
  let now = Date.now()
  const onEvent = (event: AuthEvent) => void events.push(event)
  const auth = createAuth({ secret: SECRET, store, onEvent, now: () => now })
  onTestFinished(() => auth.close())
  const [first, , third] = [
    await auth.signIn('eve'),
    await auth.signIn('eve'),
    await auth.signIn('ada'),
  ]
  expect(await auth.signOut(first.sessionId)).toBe(true)
  expect(await auth.signOutEverywhere('eve')).toBe(1)
  now += HOUR
  tokensIn(await auth.refresh(third.refreshToken, under('one')))
  now += HOUR
  expect(await auth.refresh(third.refreshToken, under('thief'))).toMatchObject({
    code: 'refresh_token_reused',
  })
  expect(events.filter(({ type }) => type === 'reused')).toHaveLength(1)
})

run('a server that is not there: in words', async () => {
  const client = new Redis({ port: 1, host: '127.0.0.1', retryStrategy: () => null })
  client.on('error', () => {})
  const store = openStore(client, { timeLimit: 300 })
  await expect(store.migrate()).rejects.toThrow(/Redis cannot be used .*check that it runs/)
})

run('notifications: false opens no second connection', async () => {
  const client = new Redis(engine!.url)
  onTestFinished(() => client.disconnect())
  const duplicate = vi.spyOn(client, 'duplicate')
  openStore(client, { notifications: false }).subscribe({
    connected: () => expect.fail(),
    disconnected() {},
    ended() {},
  })
  expect(duplicate).not.toHaveBeenCalled()
})

// Only its types differ, and those of two versions cannot be installed side by side.
const createClient4 = (createRequire(import.meta.url)('redis4') as { createClient: unknown })
  .createClient as typeof createClient

run.each([
  ['node-redis 4', createClient4],
  ['node-redis', createClient],
])('%s: one more connection, also after losses; none after close', async (_, create) => {
  const client = create({ url: engine!.url, name: 'counted' })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(async () => client.disconnect?.())
  const admin = new Redis(engine!.url)
  onTestFinished(() => admin.disconnect())
  const subscribers = async () =>
    String(await admin.call('CLIENT', 'LIST', 'TYPE', 'pubsub'))
      .trim()
      .split('\n')
      .filter(Boolean).length
  const store = redisStore(client)
  await store.migrate()
  store.subscribe({ connected() {}, disconnected() {}, ended() {} })
  await expect.poll(subscribers).toBe(1)
  for (let losses = 0; losses < 2; losses++) {
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await expect.poll(subscribers).toBe(0)
    await expect.poll(subscribers).toBe(1)
  }
  store.close()
  await expect.poll(subscribers).toBe(0)
})
