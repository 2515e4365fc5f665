import { storeContract } from 'latchkey/testing'
import { expect, test } from 'vitest'
import type { DatabaseSync } from 'node:sqlite'
import { sqliteStore, type SqliteStore } from 'latchkey/stores/sqlite'
import type { Session } from '../../src/core/store.ts'
import {
  createIn,
  endAt,
  newId,
  NOW,
  rotationTo,
  sessionWith,
  listAll,
} from '../../src/testing/store-cases/case.ts'
import { openSqlite, temporaryFile } from './sqlite-file.ts'

storeContract({
  test,
  durable: true,
  makeStore() {
    const file = temporaryFile()
    let open = openSqlite(file.path)
    return {
      store: open.store,
      reopen() {
        open.database.close()
        open = openSqlite(file.path)
        return open.store
      },
      close() {
        open.database.close()
        file[Symbol.dispose]()
      },
    }
  },
})

test.each([['sessions.db'], [undefined], [null], [{}], [{ prepare() {} }]])(
  'something that is no database is refused, and said what belongs there: %j',
  (database) => {
    expect(() => sqliteStore(database as never)).toThrow(
      /^sqliteStore takes an open database, not a file name: new DatabaseSync/,
    )
  },
)

test('migrate: a second call keeps the data', async () => {
  using file = temporaryFile()
  const { database, store } = openSqlite(file.path)
  const session = await createIn(store)
  store.migrate()
  expect(store.read(session.id)).toEqual(session)
  database.close()
})

test('durability: create, end and endAll sync to disk, rotate does not', async () => {
  using file = temporaryFile()
  const { database } = openSqlite(file.path)
  const synchronous: Array<[method: string, level: unknown]> = []
  const store = sqliteStore({
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      const statement = database.prepare(sql)
      const record = () =>
        void synchronous.push([
          sql.slice(0, 6),
          database.prepare('PRAGMA synchronous').get()!.synchronous,
        ])
      return {
        run: (...values) => (record(), statement.run(...values)),
        get: (...values) => statement.get(...values),
        all: (...values) => (record(), statement.all(...values)),
      }
    },
  })
  const session = sessionWith()
  await store.create(session)
  await store.rotate(session.id, session, rotationTo(1))
  await store.end(session.id, endAt(NOW))
  await store.endAll('ada', null, endAt(NOW))
  // PRAGMA synchronous: 1 is NORMAL, 2 is FULL.
  expect(synchronous).toEqual([
    ['INSERT', 2],
    ['UPDATE', 1],
    ['UPDATE', 2],
    ['UPDATE', 2],
  ])
  expect(Object.values(database.prepare('PRAGMA journal_mode').get()!)).toEqual(['wal'])
  database.close()
})

/** A store on a database that counts commits. */
function countCommits(database: DatabaseSync): { store: SqliteStore; commits: () => number } {
  let commits = 0
  const exec = (sql: string) => {
    if (sql === 'COMMIT') commits++
    database.exec(sql)
  }
  return {
    store: sqliteStore({ exec, prepare: (sql) => database.prepare(sql) }),
    commits: () => commits,
  }
}

test('group commit: concurrent creates and ends share a commit; one fails alone', async () => {
  using file = temporaryFile()
  const { database } = openSqlite(file.path)
  const { store, commits } = countCommits(database)
  const [existing, toEnd, ...sessions] = Array.from({ length: 32 }, () => sessionWith()) as [
    Session,
    Session,
    ...Session[],
  ]
  await Promise.all([existing, toEnd].map(async (session) => store.create(session)))
  expect(commits()).toBe(1)
  const [duplicate, end, endAll, ...created] = await Promise.allSettled([
    store.create(existing),
    store.end(toEnd.id, endAt(NOW)),
    store.endAll('unknown', null, endAt(NOW)),
    ...sessions.map(async (session) => store.create(session)),
  ])
  expect(commits()).toBe(2)
  expect([duplicate.status, end, endAll]).toEqual([
    'rejected',
    { status: 'fulfilled', value: true },
    { status: 'fulfilled', value: [] },
  ])
  expect(new Set(created.map(({ status }) => status))).toEqual(new Set(['fulfilled']))
  expect(await listAll(store, 'ada')).toHaveLength(32)
  database.close()
})

test('group commit: concurrent rotations are compared one by one and share a commit', async () => {
  using file = temporaryFile()
  const [{ database }, other] = [openSqlite(file.path), openSqlite(file.path)]
  const { store, commits } = countCommits(database)
  const sessions = Array.from({ length: 8 }, () => sessionWith())
  await Promise.all(sessions.map(async (session) => store.create(session)))
  const [rotatedTwice, ...others] = sessions as [Session, ...Session[]]
  const results = [rotatedTwice, ...sessions].map(async (session) => {
    const rotated = await store.rotate(session.id, session, rotationTo(1))
    const seen = await other.store.read(session.id)
    return { rotated, seen: seen!.generation }
  })
  expect(await Promise.all(results)).toEqual([
    { rotated: true, seen: 1 },
    { rotated: false, seen: 1 },
    ...others.map(() => ({ rotated: true, seen: 1 })),
  ])
  expect(commits()).toBe(2)
  database.close()
  other.database.close()
})

test('group commit: after an idle turn, the first rotation does not wait', async () => {
  using file = temporaryFile()
  const [{ database }, other] = [openSqlite(file.path), openSqlite(file.path)]
  const { store, commits } = countCommits(database)
  const [first, ...others] = await Promise.all(
    Array.from({ length: 4 }, async () => createIn(store)),
  )
  const generations = () =>
    [first!, ...others].map(({ id }) => (other.store.read(id) as Session).generation)
  const rotate = async (session: Session) => store.rotate(session.id, session, rotationTo(1))
  // The turn of the creates was not idle: let one turn pass.
  await store.extend(first!.id, 0, rotationTo(0))
  const results = [first!, ...others].map(rotate)
  expect(generations()).toEqual([1, 0, 0, 0])
  expect(await Promise.all(results)).toEqual([true, true, true, true])
  expect([generations(), commits()]).toEqual([[1, 1, 1, 1], 2])
  database.close()
  other.database.close()
})

test('group commit: a transaction of the application is open, writes are rejected', async () => {
  using file = temporaryFile()
  const { database, store } = openSqlite(file.path)
  database.exec('CREATE TABLE other (value); BEGIN; INSERT INTO other VALUES (1)')
  const rejected = await Promise.allSettled([
    store.create(sessionWith()),
    store.create(sessionWith()),
  ])
  expect(rejected.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  database.exec('COMMIT')
  expect(database.prepare('SELECT value FROM other').all()).toHaveLength(1)
  database.close()
})

test('group commit: if the commit fails, all writes of the group are rejected', async () => {
  using file = temporaryFile()
  const [{ database, store }, other] = [openSqlite(file.path), openSqlite(file.path)]
  database.exec('PRAGMA busy_timeout = 0')
  const existing = await createIn(store)
  other.database.exec('BEGIN IMMEDIATE')
  const rejected = await Promise.allSettled([
    store.create(sessionWith()),
    store.end(existing.id, endAt(NOW)),
    store.rotate(existing.id, existing, rotationTo(1)),
  ])
  expect(rejected.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  const rotations = await Promise.allSettled([
    store.rotate(existing.id, existing, rotationTo(1)),
    store.extend(existing.id, 0, rotationTo(0)),
  ])
  expect(rotations.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  other.database.exec('ROLLBACK')
  expect(await listAll(store, 'ada')).toEqual([existing])
  expect(await store.end(existing.id, endAt(NOW))).toBe(true)
  database.close()
  other.database.close()
})

test('size: a live session takes under 200 bytes with indexes, without its device', async () => {
  using file = temporaryFile()
  const { database, store } = openSqlite(file.path)
  const device = {
    userAgent:
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) ' +
      'Chrome/142.0.0.0 Safari/537.36',
    address: '203.0.113.77',
  }
  const sessions = Array.from({ length: 20_000 }, (_, index) =>
    sessionWith({ identity: newId(), device, createdAt: NOW + index, issuedAt: NOW + index }),
  )
  await Promise.all(sessions.map(async (session) => store.create(session)))
  database.exec('BEGIN')
  for (const session of sessions)
    await store.rotate(session.id, session, rotationTo(1, { attempt: newId(), device }))
  database.exec('COMMIT')
  const { bytes } = database
    .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
    .get() as { bytes: number }
  expect(bytes / sessions.length - device.userAgent.length - device.address.length).toBeLessThan(
    200,
  )
  database.close()
})

test('statements: each uses an index', async () => {
  using file = temporaryFile()
  const { database } = openSqlite(file.path)
  const plans: string[] = []
  const store = sqliteStore({
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      if (!sql.startsWith('INSERT'))
        plans.push(
          ...(database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as Array<{ detail: string }>).map(
            ({ detail }) => detail,
          ),
        )
      return database.prepare(sql)
    },
  })
  await createIn(store)
  expect(plans.length).toBeGreaterThan(10)
  // Pruning counts the counters of tries.
  expect(plans.filter((plan) => plan.startsWith('SCAN') && !plan.includes('latchkey_try'))).toEqual(
    [],
  )
  database.close()
})
