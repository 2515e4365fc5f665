import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { createAuthCore, type AuthCore } from '../../src/core/auth.ts'
import type { SessionEvent } from '../../src/core/session/events.ts'
import type { Store } from '../../src/core/store.ts'
import { createIn, MINUTE, NOW } from '../../src/testing/store-cases/case.ts'
import { openPostgres } from './postgres-clients.ts'
import { openRedis } from './redis-clients.ts'
import {
  openStore,
  startPostgres,
  startRedis,
  type Engine,
  type Opened,
  type Place,
} from './engines.ts'

const SECRET = 'a secret of more than thirty-two bytes'
/** Milliseconds after which a hasty process gives a call up: what is slower is not waited for by the tests either. */
const LIMIT = 700

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

async function openProcess(place: Place, clock = { now: NOW }, limit?: number): Promise<Process> {
  const opened = await openStore(place, limit)
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

/** A client that keeps its attempts, as ours does: what was not answered is asked for again, under the same attempt. */
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

  /** One request. False where the answer was `temporarily_unavailable`; anything else but new tokens is thrown. */
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
      if (tries > 200) throw new Error('it never comes back')
  }
}

const ENGINES: Array<[name: string, engine: Engine | null]> = [
  ['PostgreSQL', engines[0]!],
  ['Redis', engines[1]!],
]

describe.each(ENGINES)('%s', (_name, found) => {
  const run = test.skipIf(found === null)
  const engine = found!

  run(
    'killed in the middle of refreshes, and back: nobody is signed out, nothing is forked, nothing that was answered is lost',
    async () => {
      const place = engine.place()
      const { auth: patient, clock, store } = await openProcess(place)
      const { auth, events } = await openProcess(place, clock, LIMIT)
      const clients = await Promise.all(
        Array.from(
          { length: 12 },
          async (_, index) =>
            new Client(`c${index}`, (await patient.signIn(`person ${index}`)).refreshToken),
        ),
      )
      const ended = (await patient.signIn('somebody else')).sessionId
      await patient.signOut(ended)
      let down: Promise<void> | null = null
      for (let round = 0; round < 12; round++) {
        clock.now += MINUTE
        const refreshes = clients.map(async (client) => client.refresh(auth))
        if (round === 4) down = engine.kill()
        await Promise.all(refreshes)
      }
      await down
      expect(clients.some(({ retries }) => retries > 0)).toBe(true)
      await engine.start()
      clock.now += MINUTE
      await Promise.all(clients.map(async (client) => client.refreshUntilDone(auth)))
      expect(events).not.toContain('reused')
      // Both promise that a rotation is on disk too, as they are set up here.
      expect(events).not.toContain('recovered')
      expect((await store.read(ended))?.end).toMatchObject({ reason: 'signed-out' })
      for (const [index, { refreshes }] of clients.entries()) {
        const [session, ...others] = await store.list(`person ${index}`)
        expect([session!.end, others.length]).toEqual([null, 0])
        // At most the one refresh whose answer was lost was carried out twice by the client's count.
        expect(session!.generation - refreshes).toBeOneOf([-1, 0])
      }
    },
  )

  run(
    'slower than the limit: 503 after the limit, and when it answers again all is as before',
    async () => {
      const place = engine.place()
      const { auth: patient, clock } = await openProcess(place)
      const { auth, events } = await openProcess(place, clock, LIMIT)
      const client = new Client('c', (await patient.signIn('ada')).refreshToken)
      clock.now += MINUTE
      engine.pause()
      try {
        expect(await client.refresh(auth)).toBe(false)
        await expect(auth.signIn('bob')).rejects.toThrow(`did not respond within ${LIMIT} ms`)
      } finally {
        engine.resume()
      }
      await client.refreshUntilDone(auth)
      clock.now += MINUTE
      await client.refreshUntilDone(auth)
      expect(events).not.toContain('reused')
    },
  )

  run('more calls than it can take are refused at once, not kept', async () => {
    const { store } = await openProcess(engine.place(), { now: NOW }, LIMIT)
    engine.pause()
    try {
      const calls = await Promise.allSettled(
        Array.from({ length: 17_000 }, async () => store.read('AAAAAAAAAAAAAAAAAAAAAA')),
      )
      const reasons = new Set(
        calls.map((call) =>
          call.status === 'rejected' ? String(call.reason).replace(/^Error: \w+ /, '') : 'answered',
        ),
      )
      expect(reasons).toEqual(
        new Set([
          `did not respond within ${LIMIT} ms`,
          'is overloaded: 10000 calls are waiting for it',
        ]),
      )
    } finally {
      engine.resume()
    }
  })

  run(
    'restored from an old backup: a session goes on from the token that its owner holds, once',
    async () => {
      const place = engine.place()
      const first = await openProcess(place)
      const client = new Client('c', (await first.auth.signIn('ada')).refreshToken)
      first.clock.now += MINUTE
      await client.refreshUntilDone(first.auth)
      const old = client.token
      await engine.end()
      engine.backUp()
      await engine.start()
      for (let rounds = 0; rounds < 3; rounds++) {
        first.clock.now += MINUTE
        await client.refreshUntilDone(first.auth)
      }
      await engine.end()
      engine.restore()
      await engine.start()
      const { auth, clock, store, events } = await openProcess(place, {
        now: first.clock.now + MINUTE,
      })
      await client.refreshUntilDone(auth)
      expect(events).toEqual(['recovered'])
      expect((await store.list('ada')).map(({ generation, end }) => [generation, end])).toEqual([
        [5, null],
      ])
      clock.now += MINUTE
      await client.refreshUntilDone(auth)
      // A copy from before the backup is a thief’s, whatever the store has forgotten.
      expect(
        await auth.refresh(old, { attempts: { attempt: 'his', previous: null } }),
      ).toMatchObject({ ok: false, code: 'refresh_token_reused' })
    },
  )

  run(
    'ends are heard by the others; what was told while the line was cut is caught up with',
    async () => {
      const place = engine.place()
      const [one, other] = [await openProcess(place), await openProcess(place)]
      const heard: string[] = []
      let ups = 0
      const waiters: Array<() => void> = []
      const told = () => waiters.splice(0).forEach((tell) => tell())
      const until = async (holds: () => boolean) => {
        while (!holds()) await new Promise<void>((resolve) => waiters.push(resolve))
      }
      const stop = other.store.subscribe({
        ended: ({ sessionId }) => (heard.push(sessionId), told()),
        connected: () => (ups++, told()),
        disconnected: told,
      })
      await until(() => ups === 1)
      const { id } = await createIn(one.store)
      await one.store.end(id, { at: NOW, reason: 'signed-out', details: null })
      await until(() => heard.includes(id))
      await engine.kill()
      await engine.start()
      await until(() => ups === 2)
      const later = await createIn(one.store, { identity: 'bob' })
      await one.store.end(later.id, { at: NOW, reason: 'signed-out', details: null })
      await until(() => heard.includes(later.id))
      stop()
    },
  )
})

test.skipIf(engines[0] === null)(
  'PostgreSQL, locked or read-only: 503, and afterwards all is as before',
  async () => {
    const { at, name } = engines[0]!.place()
    const { auth: patient, clock } = await openProcess({ kind: 'PostgreSQL', at, name })
    const { store, query, close } = await openPostgres('pg.Client', at, name, { timeLimit: LIMIT })
    const admin = await openPostgres('pg.Client', at, name)
    onTestFinished(async () => (await close(), admin.close()))
    const auth = createAuthCore({ secret: SECRET, store, now: () => clock.now })
    const client = new Client('c', (await patient.signIn('ada')).refreshToken)
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
  'Redis, full, read-only or paused: 503, and afterwards all is as before',
  async () => {
    const { at, name } = engines[1]!.place()
    const { auth: patient, clock } = await openProcess({ kind: 'Redis', at, name })
    const { store, close } = await openRedis('ioredis', at, {
      prefix: `${name}:`,
      timeLimit: LIMIT,
    })
    const { send, close: closeAdmin } = await openRedis('ioredis', at)
    onTestFinished(async () => (await close(), closeAdmin()))
    const auth = createAuthCore({ secret: SECRET, store, now: () => clock.now })
    const client = new Client('c', (await patient.signIn('ada')).refreshToken)
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
      // A restart forgets the scripts that it was taught.
      [async () => send('SCRIPT', 'FLUSH'), async () => {}],
    ] as const
    for (const [place, [begin, end]] of STATES.entries()) {
      clock.now += MINUTE
      await begin()
      if (place < 3) {
        expect(await client.refresh(auth)).toBe(false)
        await expect(auth.signIn('bob')).rejects.toThrow()
      }
      await end()
      await client.refreshUntilDone(auth)
    }
    expect(client.refreshes).toBe(4)
  },
)
