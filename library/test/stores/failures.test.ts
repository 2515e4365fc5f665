import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { createAuthCore, type AuthCore } from '../../src/core/auth.ts'
import type { Store } from '../../src/core/store.ts'
import { createIn, MINUTE, NOW, listAll } from '../../src/testing/store-cases/case.ts'
import { openPostgres } from './postgres-clients.ts'
import { openRedis } from './redis-clients.ts'
import {
  openStore,
  startPostgres,
  startRedis,
  type Engine,
  type Opened,
  type StoreAddress,
} from './engines.ts'
import type { SessionEvent } from '../../src/core/events.ts'

const SECRET = 'a secret of more than thirty-two bytes'
/**
 * Time limit, in milliseconds, of stores that must notice a failure. Short, to keep the tests fast.
 */
const TIME_LIMIT = 700

const engines = [
  await startPostgres('a PostgreSQL that fails'),
  await startRedis('a Redis that fails'),
]
afterAll(async () => {
  for (const engine of engines) await engine?.stop()
})

interface Process extends Opened {
  auth: AuthCore
  store: Store
  clock: { now: number }
  events: SessionEvent['type'][]
}

async function openProcess(
  address: StoreAddress,
  clock = { now: NOW },
  timeLimit?: number,
): Promise<Process> {
  const opened = await openStore(address, timeLimit)
  onTestFinished(async () => opened.close())
  const events: SessionEvent['type'][] = []
  const auth = createAuthCore({
    secret: SECRET,
    store: opened.store,
    now: () => clock.now,
    onEvent: (event) => void ('sessionId' in event && events.push(event.type)),
  })
  return { ...opened, auth, clock, events }
}

/**
 * A client as the browser client is: repeats a refresh without a response under the same attempt.
 */
class Client {
  refreshes = 0
  retries = 0
  private attempt = 0
  private previous: string | null = null
  private readonly name: string
  token: string

  constructor(name: string, token: string) {
    this.name = name
    this.token = token
  }

  /**
   * Makes one refresh. Returns false for `temporarily_unavailable`; throws for any other refusal.
   */
  async refresh(auth: AuthCore): Promise<boolean> {
    const attempt = `${this.name} ${this.attempt}`
    const outcome = await auth.refresh(this.token, {
      attempts: { attempt, previous: this.previous },
    })
    if (!outcome.ok) {
      expect([outcome.code, outcome.status]).toEqual(['temporarily_unavailable', 503])
      this.retries++
      return false
    }
    this.token = outcome.tokens.refreshToken
    this.previous = attempt
    this.attempt++
    this.refreshes++
    return true
  }

  async refreshUntilDone(auth: AuthCore): Promise<void> {
    for (let tries = 0; !(await this.refresh(auth)); tries++)
      if (tries > 200) throw new Error('the engine does not recover')
  }
}

const ENGINES: Array<[name: string, engine: Engine | null]> = [
  ['PostgreSQL', engines[0]!],
  ['Redis', engines[1]!],
]

describe.each(ENGINES)('%s', (_name, started) => {
  const run = test.skipIf(started === null)
  const engine = started!

  run(
    'engine killed during refreshes: no session ends or forks, and no confirmed write is lost',
    async () => {
      const address = engine.newAddress()
      const { auth: withoutLimit, clock, store } = await openProcess(address)
      const { auth, events } = await openProcess(address, clock, TIME_LIMIT)
      const clients = await Promise.all(
        Array.from(
          { length: 12 },
          async (_, index) =>
            new Client(`c${index}`, (await withoutLimit.signIn(`user ${index}`)).refreshToken),
        ),
      )
      const ended = (await withoutLimit.signIn('signed out')).sessionId
      await withoutLimit.signOut(ended)
      let killed: Promise<void> | null = null
      for (let round = 0; round < 12; round++) {
        clock.now += MINUTE
        const refreshes = clients.map(async (client) => client.refresh(auth))
        if (round === 4) killed = engine.kill()
        await Promise.all(refreshes)
      }
      await killed
      expect(clients.some(({ retries }) => retries > 0)).toBe(true)
      await engine.start()
      clock.now += MINUTE
      await Promise.all(clients.map(async (client) => client.refreshUntilDone(auth)))
      expect(events).not.toContain('reused')
      // With these settings both engines sync rotations to disk as well.
      expect(events).not.toContain('recovered')
      expect((await store.read(ended))?.end).toMatchObject({ reason: 'signed-out' })
      for (const [index, { refreshes }] of clients.entries()) {
        const [session, ...others] = await listAll(store, `user ${index}`)
        expect([session!.end, others.length]).toEqual([null, 0])
        // At most the one refresh whose response was lost is counted differently by the client.
        expect(session!.generation - refreshes).toBeOneOf([-1, 0])
      }
    },
  )

  run(
    'engine slower than the time limit: 503, and refreshes succeed once it responds',
    async () => {
      const address = engine.newAddress()
      const { auth: withoutLimit, clock } = await openProcess(address)
      const { auth, events } = await openProcess(address, clock, TIME_LIMIT)
      const client = new Client('c', (await withoutLimit.signIn('ada')).refreshToken)
      clock.now += MINUTE
      engine.pause()
      try {
        expect(await client.refresh(auth)).toBe(false)
        await expect(auth.signIn('bob')).rejects.toThrow(`did not respond within ${TIME_LIMIT} ms`)
      } finally {
        engine.resume()
      }
      await client.refreshUntilDone(auth)
      clock.now += MINUTE
      await client.refreshUntilDone(auth)
      expect(events).not.toContain('reused')
    },
  )

  run('engine paused: calls beyond the queue are rejected as overloaded', async () => {
    const { store } = await openProcess(engine.newAddress(), { now: NOW }, TIME_LIMIT)
    engine.pause()
    try {
      const calls = await Promise.allSettled(
        Array.from({ length: 17_000 }, async () => store.read('AAAAAAAAAAAAAAAAAAAAAA')),
      )
      const reasons = new Set(
        calls.map((call) =>
          call.status === 'rejected'
            ? String(call.reason).replace(/^Error: \w+ /, '')
            : 'fulfilled',
        ),
      )
      expect(reasons).toEqual(
        new Set([
          `did not respond within ${TIME_LIMIT} ms`,
          'is overloaded: 10000 calls are waiting for it',
        ]),
      )
    } finally {
      engine.resume()
    }
  })

  run(
    'engine restored from a backup: the current token recovers the session, an old one is reuse',
    async () => {
      const address = engine.newAddress()
      const first = await openProcess(address)
      const client = new Client('c', (await first.auth.signIn('ada')).refreshToken)
      first.clock.now += MINUTE
      await client.refreshUntilDone(first.auth)
      const old = client.token
      await engine.shutDown()
      engine.backUp()
      await engine.start()
      for (let rounds = 0; rounds < 3; rounds++) {
        first.clock.now += MINUTE
        await client.refreshUntilDone(first.auth)
      }
      await engine.shutDown()
      engine.restore()
      await engine.start()
      const { auth, clock, store, events } = await openProcess(address, {
        now: first.clock.now + MINUTE,
      })
      await client.refreshUntilDone(auth)
      expect(events).toEqual(['recovered'])
      expect((await listAll(store, 'ada')).map(({ generation, end }) => [generation, end])).toEqual(
        [[5, null]],
      )
      clock.now += MINUTE
      await client.refreshUntilDone(auth)
      // A token from before the backup is reuse, although the store has lost what came after it.
      expect(
        await auth.refresh(old, { attempts: { attempt: 'thief', previous: null } }),
      ).toMatchObject({ ok: false, code: 'refresh_token_reused' })
    },
  )

  run(
    'engine restarted: listeners in another process are notified of ends before and after',
    async () => {
      const address = engine.newAddress()
      const [first, second] = [await openProcess(address), await openProcess(address)]
      const received: string[] = []
      let connections = 0
      const waiters: Array<() => void> = []
      const recheck = () => waiters.splice(0).forEach((resolve) => resolve())
      const until = async (condition: () => boolean) => {
        while (!condition()) await new Promise<void>((resolve) => waiters.push(resolve))
      }
      const unsubscribe = second.store.subscribe({
        ended: ({ sessionId }) => (received.push(sessionId), recheck()),
        connected: () => (connections++, recheck()),
        disconnected: recheck,
      })
      await until(() => connections === 1)
      const { id } = await createIn(first.store)
      await first.store.end(id, { at: NOW, reason: 'signed-out', details: null })
      await until(() => received.includes(id))
      await engine.kill()
      await engine.start()
      await until(() => connections === 2)
      const later = await createIn(first.store, { identity: 'bob' })
      await first.store.end(later.id, { at: NOW, reason: 'signed-out', details: null })
      await until(() => received.includes(later.id))
      unsubscribe()
    },
  )
})

test.skipIf(engines[0] === null)(
  'PostgreSQL locked or read-only: 503, and refreshes succeed afterwards',
  async () => {
    const { kind, location, namespace } = engines[0]!.newAddress()
    const { auth: withoutLimit, clock } = await openProcess({ kind, location, namespace })
    const { store, query, close } = await openPostgres('pg.Client', location, namespace, {
      timeLimit: TIME_LIMIT,
    })
    const admin = await openPostgres('pg.Client', location, namespace)
    onTestFinished(async () => (await close(), admin.close()))
    const auth = createAuthCore({ secret: SECRET, store, now: () => clock.now })
    const client = new Client('c', (await withoutLimit.signIn('ada')).refreshToken)
    const STATES = [
      [
        async () => admin.query('BEGIN; LOCK TABLE latchkey_session IN ACCESS EXCLUSIVE MODE'),
        async () => admin.query('ROLLBACK'),
      ],
      [
        async () => query('SET default_transaction_read_only = on'),
        async () => query('SET default_transaction_read_only = off'),
      ],
    ] as const
    for (const [begin, end] of STATES) {
      clock.now += MINUTE
      await begin()
      expect(await client.refresh(auth)).toBe(false)
      await expect(auth.signIn('bob')).rejects.toThrow()
      await end()
      await client.refreshUntilDone(auth)
    }
    expect(client.refreshes).toBe(2)
  },
)

test.skipIf(engines[1] === null)(
  'Redis full, read-only or paused: 503; afterwards, and without scripts, refreshes succeed',
  async () => {
    const { kind, location, namespace } = engines[1]!.newAddress()
    const { auth: withoutLimit, clock } = await openProcess({ kind, location, namespace })
    const { store, close } = await openRedis('ioredis', location, {
      prefix: `${namespace}:`,
      timeLimit: TIME_LIMIT,
    })
    const { send, close: closeAdmin } = await openRedis('ioredis', location)
    onTestFinished(async () => (await close(), closeAdmin()))
    const auth = createAuthCore({ secret: SECRET, store, now: () => clock.now })
    const client = new Client('c', (await withoutLimit.signIn('ada')).refreshToken)
    const STATES = [
      [
        async () => send('CONFIG', 'SET', 'maxmemory', '1'),
        async () => send('CONFIG', 'SET', 'maxmemory', '0'),
      ],
      [async () => send('REPLICAOF', '127.0.0.1', '1'), async () => send('REPLICAOF', 'NO', 'ONE')],
      [
        async () => send('CLIENT', 'PAUSE', '60000', 'WRITE'),
        async () => send('CLIENT', 'UNPAUSE'),
      ],
      // As after a restart, which loses the scripts. Refreshes continue to succeed.
      [async () => send('SCRIPT', 'FLUSH'), async () => {}],
    ] as const
    for (const [index, [begin, end]] of STATES.entries()) {
      clock.now += MINUTE
      await begin()
      if (index < 3) {
        expect(await client.refresh(auth)).toBe(false)
        await expect(auth.signIn('bob')).rejects.toThrow()
      }
      await end()
      await client.refreshUntilDone(auth)
    }
    expect(client.refreshes).toBe(4)
  },
)
