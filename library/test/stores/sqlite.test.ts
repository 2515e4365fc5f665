import { storeContract } from 'latchkey/testing'
import { expect, test } from 'vitest'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { createIn, endAt, NOW, rotationTo, sessionWith } from '../../src/testing/store-cases/case.ts'
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

test('migrating again changes nothing', async () => {
  using file = temporaryFile()
  const { database, store } = openSqlite(file.path)
  const session = await createIn(store)
  store.migrate()
  expect(store.read(session.id)).toEqual(session)
  database.close()
})

test('a sign-in and an end wait for the disk, a rotation does not', async () => {
  using file = temporaryFile()
  const { database } = openSqlite(file.path)
  const synchronous: Array<[verb: string, level: unknown]> = []
  const store = sqliteStore({
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      const statement = database.prepare(sql)
      const note = () => void synchronous.push([sql.slice(0, 6), database.prepare('PRAGMA synchronous').get()!.synchronous])
      return {
        run: (...values) => (note(), statement.run(...values)),
        get: (...values) => statement.get(...values),
        all: (...values) => (note(), statement.all(...values)),
      }
    },
  })
  const session = sessionWith()
  await store.create(session)
  await store.rotate(session.id, session, rotationTo(1))
  await store.end(session.id, endAt(NOW))
  await store.endAll('ada', null, endAt(NOW))
  // PRAGMA synchronous: 1 is NORMAL, 2 is FULL.
  expect(synchronous).toEqual([['INSERT', 2], ['UPDATE', 1], ['UPDATE', 2], ['UPDATE', 2]])
  expect(Object.values(database.prepare('PRAGMA journal_mode').get()!)).toEqual(['wal'])
  database.close()
})
