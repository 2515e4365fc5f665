/** SQLite as applications have it: BigInts, file systems without WAL, many processes at once. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { storeContract } from 'latchkey/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { sqliteStore, type SqliteDatabase } from '../../src/stores/sqlite/store.ts'
import { createIn, endAt, NOW, rotationTo } from '../../src/testing/store-cases/case.ts'
import { SECRET } from '../core/session/setup.ts'
import { temporaryFile } from './sqlite-file.ts'

describe.each<[string, () => SqliteDatabase]>([
  ['node:sqlite that reads BigInts', () => new DatabaseSync(':memory:', { readBigInts: true })],
  ['node:sqlite that returns arrays', () => new DatabaseSync(':memory:', { returnArrays: true })],
  ['better-sqlite3 with safe integers', () => new Database(':memory:').defaultSafeIntegers()],
])('%s', (_, open) =>
  storeContract({
    test,
    durable: false,
    makeStore() {
      const store = sqliteStore(open())
      store.migrate()
      return { store, close: () => {} }
    },
  }),
)

test('no write-ahead logging on this file system: a warning; every write is synced', async () => {
  using file = temporaryFile()
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warnings.mockRestore())
  // This access method has no shared memory, as network file systems have none.
  const database = new DatabaseSync(`${pathToFileURL(file.path).href}?vfs=unix-dotfile`)
  const store = sqliteStore(database)
  store.migrate()
  expect(warnings.mock.calls.map(([warning]) => warning)).toMatchObject([
    expect.stringContaining('refuses write-ahead logging'),
  ])
  const session = await createIn(store)
  expect(await store.rotate(session.id, session, rotationTo(1))).toBe(true)
  expect(await store.end(session.id, endAt(NOW))).toBe(true)
  // PRAGMA synchronous: 2 is FULL.
  expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
  database.close()
})

test('a connection without a time-out for locks gets one; another keeps its own', () => {
  using file = temporaryFile()
  for (const [options, timeout] of [
    [{}, 5000],
    [{ timeout: 70 }, 70],
  ] as const) {
    const database = new DatabaseSync(file.path, options)
    sqliteStore(database).migrate()
    expect(database.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout })
    database.close()
  }
})

test('six processes start at once on a file that is not there yet: all sign in', async () => {
  using file = temporaryFile()
  const program = `
    import { DatabaseSync } from 'node:sqlite'
    import { createAuth } from 'latchkey'
    import { sqliteStore } from 'latchkey/stores/sqlite'
    process.stdin.once('data', async () => {
      const store = sqliteStore(new DatabaseSync(${JSON.stringify(file.path)}))
      store.migrate()
      const auth = createAuth({ secret: '${SECRET}', store })
      const { refreshToken } = await auth.signIn('ada')
      console.log((await auth.refresh(refreshToken)).ok)
      process.exit()
    })
    console.log('ready')`
  const args = [
    '--conditions=latchkey-source',
    '--no-warnings',
    '--input-type=module',
    '-e',
    program,
  ]
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, args, { cwd: import.meta.dirname }),
  )
  await Promise.all(children.map(async ({ stdout }) => once(stdout, 'data')))
  const printed = children.map(async (child) => {
    let text = ''
    child.stdout.on('data', (data) => (text += String(data)))
    child.stderr.on('data', (data) => (text += String(data)))
    await once(child, 'close')
    return text
  })
  for (const child of children) child.stdin.write('go')
  expect(await Promise.all(printed)).toEqual(children.map(() => 'true\n'))
})
