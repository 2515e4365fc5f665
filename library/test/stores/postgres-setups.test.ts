/** PostgreSQL as applications have it: small pools, poolers, roles with few rights, locked rows. */
import { spawnSync } from 'node:child_process'
import { Client, Pool, type PoolConfig } from 'pg'
import postgres from 'postgres'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { createAuth, type AuthEvent } from 'latchkey'
import { pgbouncerFor } from '../../../scripts/pgbouncer.mjs'
import { postgresFor } from '../../../scripts/postgres.mjs'
import {
  postgresSchema,
  postgresStore,
  type PostgresStore,
} from '../../src/stores/postgres/store.ts'
import { warnOfClock } from '../../src/stores/clock.ts'
import {
  createIn,
  endAt,
  NOW,
  rotationTo,
  sessionWith,
  listAll,
} from '../../src/testing/store-cases/case.ts'
import { SECRET } from '../core/session/setup.ts'
import { newSchema } from './postgres-clients.ts'

const engine = await postgresFor('the everyday set-ups of PostgreSQL')
const pooler = engine && (await pgbouncerFor('PostgreSQL behind PgBouncer', engine.port))
afterAll(async () => {
  await pooler?.stop()
  await engine?.stop()
})
const run = test.skipIf(engine === null)

function openPool(config: PoolConfig = {}): Pool {
  const pool = new Pool({ connectionString: engine!.url, max: 4, ...config })
  onTestFinished(async () => (pool.ended ? undefined : pool.end()))
  return pool
}

/** A store with tables in a schema of its own. */
async function openStore(pool: Pool, schema = newSchema()): Promise<PostgresStore> {
  const store = postgresStore(pool, { schema })
  await store.migrate()
  onTestFinished(() => store.close())
  return store
}

/** Resolves when the store receives notifications. */
const subscribed = async (store: PostgresStore, ended: (id: string) => void = () => {}) =>
  new Promise<void>((resolve) => {
    store.subscribe({
      connected: resolve,
      disconnected: () => {},
      ended: ({ sessionId }) => ended(sessionId),
    })
  })

run('a pool of one connection: the store keeps none, and polls', async () => {
  const pool = openPool({ max: 1 })
  const auth = createAuth({ secret: SECRET, store: await openStore(pool) })
  onTestFinished(() => auth.close())
  const { refreshToken, accessToken } = await auth.signIn('ada')
  expect(await auth.refresh(refreshToken)).toMatchObject({ ok: true })
  expect(await auth.checkToken(accessToken)).toMatchObject({ ok: true })
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
  expect(auth.metrics().revocations.pushed).toBe(false)
  const sql = postgres(engine!.url, { max: 1 })
  onTestFinished(async () => sql.end())
  const store = postgresStore(sql, { schema: newSchema() })
  await store.migrate()
  store.subscribe({ connected: () => expect.fail(), disconnected() {}, ended() {} })
  await createIn(store)
})

run('many stores on one pool: one connection is kept, and each hears of ends', async () => {
  const pool = openPool()
  const warnings = vi.spyOn(process, 'emitWarning')
  onTestFinished(() => warnings.mockRestore())
  const schema = newSchema()
  const stores: PostgresStore[] = []
  for (let made = 0; made < 12; made++) stores.push(await openStore(pool, schema))
  const heard: string[][] = stores.map(() => [])
  await Promise.all(stores.map(async (store, at) => subscribed(store, (id) => heard[at]!.push(id))))
  await expect.poll(() => pool.totalCount - pool.idleCount).toBe(1)
  stores[0]!.close()
  const other = postgresStore(openPool(), { schema })
  const session = await createIn(other)
  await other.end(session.id, endAt(NOW))
  for (const [at, ids] of heard.entries())
    if (at > 0) await expect.poll(() => ids).toEqual([session.id])
  expect(heard[0]).toEqual([])
  for (const store of stores) store.close()
  await expect.poll(() => pool.totalCount - pool.idleCount).toBe(0)
  expect(warnings.mock.calls).toEqual([])
})

run('stores on one client: one that is closed leaves the other its notifications', async () => {
  const client = new Client(engine!.url)
  await client.connect()
  onTestFinished(async () => client.end())
  const schema = newSchema()
  const [first, second] = [postgresStore(client, { schema }), postgresStore(client, { schema })]
  await first.migrate()
  const heard: string[] = []
  await Promise.all([subscribed(first), subscribed(second, (id) => heard.push(id))])
  first.close()
  const other = postgresStore(openPool(), { schema })
  const session = await createIn(other)
  await other.end(session.id, endAt(NOW))
  await expect.poll(() => heard).toEqual([session.id])
  second.close()
})

run('a pool that is ended before the store is closed: it ends', async () => {
  const pool = openPool()
  const store = await openStore(pool)
  await subscribed(store)
  await pool.end()
})

run('a program with allowExitOnIdle ends by itself', () => {
  const program = `
    import { Pool } from 'pg'
    import { createAuth } from 'latchkey'
    import { postgresStore } from 'latchkey/stores/postgres'
    const pool = new Pool({ connectionString: '${engine!.url}', allowExitOnIdle: true })
    const store = postgresStore(pool, { schema: '${newSchema()}' })
    await store.migrate()
    const subscribed = new Promise((connected) =>
      store.subscribe({ connected, disconnected() {}, ended() {} }))
    await createAuth({ secret: '${SECRET}', store }).signIn('ada')
    await subscribed
    console.log('done')`
  const args = ['--conditions=latchkey-source', '--input-type=module', '-e', program]
  const { stdout, status, stderr } = spawnSync(process.execPath, args, {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    timeout: 20_000,
  })
  expect([stdout, status], stderr).toEqual(['done\n', 0])
})

run('notifications: false keeps no connection and sends nothing', async () => {
  const pool = openPool()
  const store = postgresStore(pool, { schema: newSchema(), notifications: false })
  await store.migrate()
  store.subscribe({ connected: () => expect.fail(), disconnected() {}, ended() {} })
  expect(pool.totalCount - pool.idleCount).toBe(0)
})

/** Pools of the owner of the tables, and of a role that may only use them. */
async function roles() {
  const name = `role_${newSchema()}`
  const root = openPool({ max: 1 })
  await root.query(
    `CREATE ROLE ${name}_owner LOGIN; CREATE ROLE ${name}_app LOGIN;
     CREATE SCHEMA ${name} AUTHORIZATION ${name}_owner;
     GRANT USAGE ON SCHEMA ${name} TO ${name}_app`,
  )
  const as = (role: string) =>
    openPool({ connectionString: engine!.url.replace(/\/\/[^@]*@/, `//${name}_${role}@`) })
  return { schema: name, owner: as('owner'), app: as('app') }
}

run('a role that may not create tables: told what is missing, then what it may not', async () => {
  const { schema, owner, app } = await roles()
  const store = postgresStore(app, { schema })
  const check = postgresStore(owner, { schema, migrate: 'check' })
  const lacking = /lacks latchkey_session\.id, .*postgresSchema\(\{ schema: 'role_/
  for (const { migrate } of [store, check])
    await expect(migrate()).rejects.toMatchObject({
      name: 'LatchkeySetupError',
      message: expect.stringMatching(lacking),
    })
  await owner.query(postgresSchema({ schema }))
  await check.migrate()
  await expect(store.migrate()).rejects.toThrow(/may not read and write .*GRANT SELECT, INSERT/)
  await expect(listAll(store, 'ada')).rejects.toMatchObject({ name: 'LatchkeySetupError' })
  await owner.query(
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${schema}_app`,
  )
  await store.migrate()
  const auth = createAuth({ secret: SECRET, store })
  onTestFinished(() => auth.close())
  const { refreshToken } = await auth.signIn('ada')
  expect(await auth.refresh(refreshToken)).toMatchObject({ ok: true })
  expect(await auth.signOutEverywhere('ada')).toBe(1)
  store.close()
})

run('schema: two stores on one connection, each with its own sessions', async () => {
  const pool = openPool({ max: 1 })
  const [first, second] = [await openStore(pool), await openStore(pool, `${newSchema()}-B`)]
  const session = await createIn(first)
  expect(await first.read(session.id)).toEqual(session)
  expect(await second.read(session.id)).toBe(null)
  const rule = { free: 1, firstDelay: 1, maxDelay: 1, limit: 9, forgetAfter: 1 }
  expect(await second.takeTry('key', rule, NOW)).toMatchObject({ taken: true })
  await first.migrate()
  for (const schema of ['a b', 'a"b', "a'b", 'x'.repeat(64), '1a'])
    expect(() => postgresStore(pool, { schema })).toThrow(/option "schema" must be letters/)
  expect(() => postgresStore(pool, { migrate: 'no' as never })).toThrow('"create" or "check"')
})

run(
  'a column of an older version is missing: migrate says so, and does not look away',
  async () => {
    const pool = openPool()
    const schema = newSchema()
    await openStore(pool, schema)
    await pool.query(`ALTER TABLE ${schema}.latchkey_session DROP COLUMN device`)
    const store = postgresStore(pool, { schema, migrate: 'check' })
    await expect(store.migrate()).rejects.toThrow('lacks latchkey_session.device')
  },
)

run('a database that is not there: in words', async () => {
  for (const [connectionString, said] of [
    ['postgres://latchkey@localhost:1/postgres', /cannot be used \(.*ECONNREFUSED/],
    [engine!.url.replace(/[^/]*$/, 'nowhere'), /database "nowhere" does not exist/],
  ] as const) {
    const store = postgresStore(openPool({ connectionString }))
    await expect(store.migrate()).rejects.toThrow(said)
    await expect(store.migrate()).rejects.toThrow('check that it runs, and its address')
  }
})

/** Locks the row of a session until the test ends. */
async function lockRow(schema: string, id: string): Promise<void> {
  const client = new Client(engine!.url)
  await client.connect()
  onTestFinished(async () => client.end())
  await client.query('BEGIN')
  await client.query(`SELECT * FROM ${schema}.latchkey_session WHERE id = $1 FOR UPDATE`, [id])
}

run('one locked row: the others of its batch are rotated, and it alone is refused', async () => {
  const schema = newSchema()
  const store = await openStore(openPool(), schema)
  const sessions = Array.from({ length: 40 }, () => sessionWith())
  await Promise.all(sessions.map(async (session) => store.create(session)))
  await lockRow(schema, sessions[7]!.id)
  const rotate = async (session: (typeof sessions)[number]) =>
    store.rotate(session.id, session, rotationTo(1))
  const outcomes = await Promise.allSettled([...sessions, sessionWith()].map(rotate))
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  expect(outcomes[7]).toMatchObject({ reason: { code: '55P03' } })
  expect(outcomes.at(-1)).toEqual({ status: 'fulfilled', value: false })
  expect(outcomes.filter((outcome) => 'value' in outcome && outcome.value)).toHaveLength(39)
  await expect(store.extend(sessions[7]!.id, 0, { issuedAt: 1, idleEndsAt: 1 })).rejects.toThrow(
    'lock timeout',
  )
})

run('one locked row: endAll ends the others, and then fails; each end is told', async () => {
  const schema = newSchema()
  const events: AuthEvent[] = []
  const auth = createAuth({
    secret: SECRET,
    store: await openStore(openPool(), schema),
    onEvent: (event) => void events.push(event),
  })
  onTestFinished(() => auth.close())
  const [locked, other] = [await auth.signIn('ada'), await auth.signIn('ada')]
  await lockRow(schema, locked.sessionId)
  await expect(auth.signOutEverywhere('ada')).rejects.toThrow('lock timeout')
  expect(await auth.refresh(other.refreshToken)).toMatchObject({ code: 'session_signed_out' })
  await expect
    .poll(() => events.filter(({ type }) => type === 'signed-out'))
    .toMatchObject([{ sessionId: other.sessionId }])
})

test('a clock that differs from that of the engine: a warning', () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warnings.mockRestore())
  warnOfClock('PostgreSQL', Date.now() + 5000)
  warnOfClock('PostgreSQL', Number.NaN)
  expect(warnings).not.toHaveBeenCalled()
  warnOfClock('PostgreSQL', Date.now() + 95_000)
  expect(warnings.mock.calls[0]![0]).toMatch(/is 95 s behind that of PostgreSQL/)
})

test.skipIf(!pooler).each(['pg', 'postgres'])(
  'behind PgBouncer in transaction mode, over %s: every request succeeds, with polling',
  async (client) => {
    const sql = postgres(pooler!.url, { max: 8 })
    onTestFinished(async () => sql.end())
    // As docs/stores.md shows it.
    const pool = openPool({
      connectionString: pooler!.url,
      max: 8,
      query_timeout: 10_000,
      keepAlive: true,
    })
    const store = postgresStore(client === 'pg' ? pool : sql, { schema: newSchema() })
    await store.migrate()
    const auth = createAuth({ secret: SECRET, store })
    onTestFinished(() => (auth.close(), store.close()))
    for (let round = 0; round < 5; round++) {
      const exchanges = Array.from({ length: 8 }, async () => {
        const { refreshToken } = await auth.signIn('ada')
        return (await auth.refresh(refreshToken)).ok
      })
      expect(await Promise.all(exchanges)).toEqual(Array.from({ length: 8 }, () => true))
    }
  },
)
