import { storeContract } from 'latchkey/testing'
import { Client } from 'pg'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { anyPostgresFor, postgresFor } from '../../../scripts/postgres.mjs'
import { SQL } from '../../src/stores/postgres/sql.ts'
import { postgresStore } from '../../src/stores/postgres/store.ts'
import {
  createIn,
  DAY,
  endAt,
  newId,
  NOW,
  rotationTo,
  sessionWith,
  listAll,
} from '../../src/testing/store-cases/case.ts'
import { CLIENTS, newSchema, openPostgres, type OpenStore } from './postgres-clients.ts'

const engine = await anyPostgresFor('the store for PostgreSQL')
afterAll(async () => engine?.stop())

describe.skipIf(engine === null).each(CLIENTS)('PostgreSQL over %s', (client) => {
  storeContract({
    test,
    durable: true,
    async makeStore() {
      const schema = newSchema()
      let open = await openPostgres(client, engine!.url, schema)
      await open.store.migrate()
      return {
        store: open.store,
        async reopen() {
          await open.close()
          open = await openPostgres(client, engine!.url, schema)
          return open.store
        },
        close: async () => open.close(),
      }
    },
  })
})

const run = test.skipIf(engine === null)

async function open(
  client: (typeof CLIENTS)[number] = 'pg.Pool',
  schema = newSchema(),
): Promise<OpenStore> {
  const opened = await openPostgres(client, engine!.url, schema)
  onTestFinished(opened.close)
  return opened
}

run.each(CLIENTS)('%s: missing tables are a mistake with a name, not an outage', async (client) => {
  const { store } = await open(client)
  const calls = [
    () => store.read(newId()),
    () => store.create(sessionWith()),
    () => listAll(store, 'ada'),
  ]
  for (const call of calls)
    await expect(call()).rejects.toMatchObject({
      name: 'LatchkeySetupError',
      message: expect.stringMatching(/latchkey_session.*store\.migrate\(\)/),
    })
})

run(
  'migrate: five concurrent calls, and one on an existing schema, succeed and keep the data',
  async () => {
    const schema = newSchema()
    const opened: OpenStore[] = []
    for (let processes = 0; processes < 5; processes++) opened.push(await open('pg.Client', schema))
    await Promise.all(opened.map(async ({ store }) => store.migrate()))
    const session = await createIn(opened[0]!.store)
    await opened[1]!.store.migrate()
    expect(await opened[2]!.store.read(session.id)).toEqual(session)
  },
)

const LISTS = ['listNewestLive', 'listOldestLive', 'listNewestEnded', 'listOldestEnded'] as const

/** Parameters of the statements that change many sessions. */
const batchParameters = (id: string) => ({
  rotate: `('{${id}}', '{9}', '{9}', '{9}', '{a}', '{9}', '{9}', '{a}')`,
  markUsed: `('{${id}}', '{9}')`,
  end: `('{${id}}', '{9}', '{a}', '{a}')`,
})

run('statements: each uses an index, and a rotation writes none', async () => {
  const { store, query } = await open('pg.Client')
  await store.migrate()
  const sessions = Array.from({ length: 5000 }, (_, index) =>
    sessionWith({ identity: `${index}`, idleEndsAt: NOW + (index % 60) * DAY }),
  )
  await Promise.all(sessions.map(async (session) => store.create(session)))
  for (let at = 0; at < 50; at++) await store.end(sessions[at]!.id, endAt(NOW + at))
  await query('VACUUM ANALYZE latchkey_session')
  const [first] = sessions
  // Parameters that match few rows, as in production.
  const parameters: Partial<Record<keyof typeof SQL, string>> = {
    read: `('{${first!.id}}')`,
    extend: `('${first!.id}', 0, 0, 0)`,
    ...batchParameters(first!.id),
    endAll: `('7', NULL, 0, '', '')`,
    ...Object.fromEntries(
      LISTS.map((name) => [name, `('7', ${NOW}, '${first!.id}', 10)`] as const),
    ),
    endedSince: `(${NOW + 49})`,
    pruneEnded: `(${NOW})`,
    pruneIdle: `(${NOW})`,
  }
  for (const [method, values] of Object.entries(parameters)) {
    await query(`PREPARE plan_${method} AS ${SQL[method as keyof typeof SQL]}`)
    const plan = JSON.stringify(await query(`EXPLAIN EXECUTE plan_${method} ${values}`))
    expect([
      method,
      /Index (?:Only )?Scan/.test(plan),
      plan.includes('Seq Scan on latchkey_session'),
    ]).toEqual([method, true, false])
    // In the order of the index: no more rows are read than the page has.
    if (method.startsWith('list')) expect([method, plan.includes('Sort')]).toEqual([method, false])
  }
  for (let generation = 0; generation < 5; generation++)
    await store.rotate(
      first!.id,
      generation === 0 ? first! : rotationTo(generation),
      rotationTo(generation + 1, { idleEndsAt: first!.idleEndsAt + 1 }),
    )
  await query('SELECT pg_stat_force_next_flush()')
  const [written] = (await query(
    `SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS in_place FROM pg_stat_user_tables
     WHERE relname = 'latchkey_session' AND schemaname = current_schema()`,
  )) as [{ all: number; in_place: number }]
  // Only the fifty ends wrote an index.
  expect(written.all - written.in_place).toBe(50)
})

run(
  'statements about many sessions: lock rows in the order of the input, for any table size',
  async () => {
    const { store, query } = await open('pg.Client')
    await store.migrate()
    for (const more of [0, 60, 1000, 4000]) {
      await Promise.all(Array.from({ length: more }, async () => createIn(store)))
      await query('ANALYZE latchkey_session')
      for (const [method, values] of Object.entries(batchParameters(newId()))) {
        await query(`PREPARE ${method}_${more} AS ${SQL[method as keyof typeof SQL]}`)
        const plan = JSON.stringify(await query(`EXPLAIN EXECUTE ${method}_${more} ${values}`))
        expect([more, method, /Scan on (?:input|latchkey_session)/.exec(plan)?.[0]]).toEqual([
          more,
          method,
          'Scan on input',
        ])
      }
    }
  },
)

run(
  'batches: two processes with the same sessions do not deadlock, an invalid session fails alone',
  async () => {
    const schema = newSchema()
    const [first, second] = [await open('pg.Pool', schema), await open('postgres', schema)]
    await first.store.migrate()
    const sessions = Array.from({ length: 60 }, () => sessionWith())
    await Promise.all(sessions.map(async (session) => first.store.create(session)))
    for (let generation = 0; generation < 15; generation++) {
      const from = (session: (typeof sessions)[number]) =>
        generation === 0 ? session : rotationTo(generation)
      const rotated = await Promise.all(
        [first, second].map(async ({ store }, index) => {
          const order = index === 0 ? sessions : sessions.toReversed()
          return Promise.all(
            order.map(async (session) =>
              store.rotate(session.id, from(session), rotationTo(generation + 1)),
            ),
          )
        }),
      )
      expect(rotated.flat().filter(Boolean)).toHaveLength(sessions.length)
    }
    const invalid = sessionWith({ identity: 'unpaired surrogate: \ud800' })
    const outcomes = await Promise.allSettled([
      first.store.create(invalid),
      first.store.create({ ...sessionWith(), attempt: 'a\0b' }),
      first.store.create(sessionWith({ identity: 'bob' })),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
    expect(await listAll(first.store, 'bob')).toHaveLength(1)
  },
)

run.each(CLIENTS)(
  'texts with special characters of arrays and JSON: stored unchanged over %s, prepared or not',
  async (client) => {
    for (const prepare of [true, false]) {
      const { store, close } = await openPostgres(client, engine!.url, newSchema(), { prepare })
      onTestFinished(close)
      await store.migrate()
      const texts = [
        '',
        'null',
        'NULL',
        '"',
        '\\',
        '\\"',
        '{a,b}',
        '{}',
        ' a ',
        'a,b',
        "'",
        '\n\t\u0001',
        '$1',
        '😀',
      ]
      const sessions = texts.map((text) =>
        sessionWith({
          identity: text,
          attempt: text,
          claims: { [text]: text },
          device: { userAgent: text },
        }),
      )
      await Promise.all(sessions.map(async (session) => store.create(session)))
      expect(await Promise.all(texts.map(async (text) => listAll(store, text)))).toEqual(
        sessions.map((session) => [session]),
      )
      const rotations = texts.map((text) =>
        rotationTo(1, { attempt: text, device: { address: text } }),
      )
      await Promise.all(
        sessions.map(async (session, at) => store.rotate(session.id, session, rotations[at]!)),
      )
      expect(await Promise.all(sessions.map(async ({ id }) => store.read(id)))).toEqual(
        sessions.map((session, at) => ({ ...session, ...rotations[at] })),
      )
      expect(await Promise.all(texts.map(async (text) => store.read(text)))).toEqual(
        texts.map(() => null),
      )
    }
  },
)

run('ids and identities that PostgreSQL cannot store are treated as unknown', async () => {
  const { store } = await open()
  await store.migrate()
  for (const text of ['\0', '\ud800', `${newId()}\0`]) {
    expect([
      await store.read(text),
      await store.end(text, endAt(NOW)),
      await store.endAll(text, null, endAt(NOW)),
      await listAll(store, text),
    ]).toEqual([null, false, [], []])
  }
})

run(
  'synchronous_commit = off: create and end still wait for the disk, a rotation does not',
  async () => {
    const schema = newSchema()
    await (await open('pg.Client', schema)).store.migrate()
    const client = new Client({
      connectionString: engine!.url,
      options: `-c search_path=${schema} -c synchronous_commit=off`,
    })
    await client.connect()
    onTestFinished(async () => client.end())
    const store = postgresStore(client)
    const level = async (work: () => unknown) => {
      await client.query('BEGIN')
      await work()
      const { rows } = await client.query<{ synchronous_commit: string }>('SHOW synchronous_commit')
      await client.query('COMMIT')
      return rows[0]!.synchronous_commit
    }
    const session = sessionWith()
    expect(await level(() => store.create(session))).toBe('on')
    expect(await level(() => store.rotate(session.id, session, rotationTo(1)))).toBe('off')
    expect(await level(() => store.end(session.id, endAt(NOW)))).toBe('on')
    await createIn(store)
    expect(await level(() => store.endAll('ada', null, endAt(NOW)))).toBe('on')
  },
)

run('migrate: rejected with fsync = off unless dangerouslyNotDurable is set', async () => {
  const server = (await postgresFor('a PostgreSQL without fsync', ['fsync=off']))!
  onTestFinished(async () => server.stop())
  const client = new Client(server.url)
  await client.connect()
  onTestFinished(async () => client.end())
  await expect(postgresStore(client).migrate()).rejects.toThrow(/fsync = off/)
  await postgresStore(client, { dangerouslyNotDurable: true }).migrate()
})

run('migrate: rejected with array_nulls = off', async () => {
  const client = new Client({
    connectionString: engine!.url,
    options: '-c array_nulls=off -c search_path=pg_temp',
  })
  await client.connect()
  onTestFinished(async () => client.end())
  await expect(postgresStore(client).migrate()).rejects.toThrow(/array_nulls = off/)
})

test('postgresStore: an invalid client or option throws', () => {
  expect(() => postgresStore({} as never)).toThrow(/the client must be a Pool or Client of "pg"/)
  const client = { query: async () => ({ rows: [] }), on: () => {} }
  expect(() => postgresStore(client, { timeout: 5 } as never)).toThrow(
    'postgresStore: unknown option "timeout"; ' +
      'the options are timeLimit, prepare, schema, migrate, notifications, dangerouslyNotDurable',
  )
  for (const timeLimit of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5']) {
    expect(() => postgresStore(client, { timeLimit } as never)).toThrow(
      'postgresStore: option "timeLimit" must be a number of milliseconds above 0',
    )
  }
})
