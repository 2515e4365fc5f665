import { expect, test, vi } from 'vitest'
import { importUsers } from '../../src/accounts/import-users.ts'
import type { Data } from '../../src/data/data.ts'
import { describeOnEachEngine, NOW } from './engines.ts'

// PostgreSQL is started, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const HASH = '$2b$04$9Jny2QCkZRgaV.tP28aDLOgLGVRiw.CgGnGp6YPAwfZhqPAgY3rS6'

async function* linesOf(rows: ReadonlyArray<object | string>): AsyncGenerator<string> {
  for (const row of rows) yield typeof row === 'string' ? row : JSON.stringify(row)
}

const load = async ({ users }: Data, rows: ReadonlyArray<object | string>, dryRun = false) =>
  importUsers(users, linesOf(rows), { dryRun, now: NOW, onProgress: () => undefined })

const row = (username: string, more: object = {}) => ({ username, password_hash: HASH, ...more })

await describeOnEachEngine('import of accounts', (openEmpty) => {
  test('keeps ids, names, hashes; a second run changes nothing', async () => {
    const data = await openEmpty()
    const rows = [row('ada', { id: 42 }), row('grace', { password_hash: null })]
    expect(await load(data, rows, true)).toEqual({ created: 2, existing: 0, refused: [] })
    expect(await data.users.isEmpty()).toBe(true)
    expect(await load(data, rows)).toEqual({ created: 2, existing: 0, refused: [] })
    const ada = { id: '42', username: 'ada', passwordHash: HASH, passwordVersion: 1 }
    expect(await data.users.byName('Ada')).toEqual(ada)
    expect(await data.users.byId('42')).toEqual(ada)
    expect((await data.users.byName('grace'))?.passwordHash).toBeNull()
    expect(await load(data, [...rows, row('barbara')])).toEqual({
      created: 1,
      existing: 2,
      refused: [],
    })
    expect(await data.users.byId('42')).toEqual(ada)
  })

  test('goes on where a stopped import has left off, across transactions', async () => {
    const data = await openEmpty()
    const rows = Array.from({ length: 1203 }, (_, index) => row(`person ${index}`, { id: index }))
    async function* stopped() {
      yield* linesOf(rows.slice(0, 900))
      throw new Error('stopped')
    }
    const options = { dryRun: false, now: NOW, onProgress: () => undefined }
    await expect(importUsers(data.users, stopped(), options)).rejects.toThrow('stopped')
    expect(await data.users.byName('person 499')).not.toBeNull()
    expect(await load(data, rows)).toEqual({ created: 703, existing: 500, refused: [] })
    expect((await data.users.byId('1202'))?.username).toBe('person 1202')
  })

  test('never gives one person the account of another', async () => {
    const data = await openEmpty()
    await load(data, [row('paypal', { id: 1 })])
    const rows = [
      row('paypa1', { id: 2 }),
      row('other', { id: 1 }),
      row('paypa1'),
      row('new'),
      row('NEW'),
    ]
    for (const dryRun of [true, false]) {
      const { created, existing, refused } = await load(data, rows, dryRun)
      expect({ created, existing, lines: refused.map(({ line }) => line) }).toEqual({
        created: 1,
        existing: 0,
        lines: [1, 2, 3, 5],
      })
    }
    expect((await data.users.byId('1'))?.username).toBe('paypal')
    expect(await data.users.byId('2')).toBeNull()
  })

  test('a name that is taken during the import is refused', async () => {
    const data = await openEmpty()
    async function* race() {
      yield JSON.stringify(row('ada'))
      await data.users.create('ada', null, NOW)
    }
    const options = { dryRun: false, now: NOW, onProgress: () => undefined }
    expect(await importUsers(data.users, race(), options)).toMatchObject({
      created: 0,
      refused: [{ line: 1 }],
    })
  })
})
