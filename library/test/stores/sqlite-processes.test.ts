import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { createVerbs } from '../../src/core/auth.ts'
import { createIn, endAt, NOW, rotationTo } from '../../src/testing/store-cases/case.ts'
import { openSqlite, temporaryFile } from './sqlite-file.ts'

/** Another process that runs a program of this folder. */
function start(program: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Everything that a process prints until it ends, told line by line. */
async function linesOf(child: ChildProcess, told: (line: string, count: number) => void = () => {}): Promise<string[]> {
  const lines: string[] = []
  const ended = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout! })) told(line, lines.push(line))
  await ended
  return lines
}

test('four processes rotate one session: each generation is made once, and none is left out', async () => {
  using file = temporaryFile()
  const { database, store } = openSqlite(file.path)
  const { id } = await createIn(store)
  const won = await Promise.all([1, 2, 3, 4].map(async () => linesOf(start('race-child.ts', file.path, id, '300'))))
  expect(won.flat().map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1))
  expect(await store.read(id)).toMatchObject({ ...rotationTo(300), used: false })
  database.close()
})

test('two connections to one file: of fifty rotations exactly one succeeds, and each sees what the other wrote', async () => {
  using file = temporaryFile()
  const [one, other] = [openSqlite(file.path), openSqlite(file.path)]
  const session = await createIn(one.store)
  const { id } = session
  const won = Array.from({ length: 50 }, (_, index) => (index % 2 ? one : other).store.rotate(id, session, rotationTo(1, { attempt: `${index}` })))
  expect(won.filter(Boolean)).toEqual([true])
  expect(other.store.read(id)).toEqual(one.store.read(id))
  expect(await other.store.end(id, endAt(NOW))).toBe(true)
  expect(await one.store.end(id, endAt(NOW + 1))).toBe(false)
  expect(one.store.endedSince(NOW)).toEqual([{ sessionId: id, at: NOW }])
  one.database.close()
  other.database.close()
})

interface Change {
  id: string
  did: 'create' | 'rotate' | 'end'
  counter: number
}

/** Killed after so many changes were told; it does more before the signal arrives, and dies between any two instructions. */
test.each([1, 2, 5, 8, 21, 34, 55, 144])('a process that is killed (after %i changes) has lost nothing that it answered', async (after) => {
  using file = temporaryFile()
  openSqlite(file.path).database.close()
  const child = start('crash-child.ts', file.path)
  const lines = await linesOf(child, (_line, count) => count === after && child.kill('SIGKILL'))
  expect(child.signalCode).toBe('SIGKILL')
  const changes = lines.map((line) => JSON.parse(line) as Change)
  const answered = new Map<string, Change[]>()
  for (const change of changes) answered.set(change.id, [...(answered.get(change.id) ?? []), change])
  const unfinished = changes.at(-1)!.id

  const { database, store } = openSqlite(file.path)
  expect(Object.values(database.prepare('PRAGMA integrity_check').get()!)).toEqual(['ok'])
  for (const [id, told] of answered) {
    const row = (await store.read(id))!
    const { counter } = told.at(-1)!
    // The last change may have been written and not told any more.
    expect([counter, id === unfinished ? counter + 1 : counter]).toContain(row.counter)
    if (told.some(({ did }) => did === 'end')) expect(row.end).toMatchObject({ reason: 'signed-out', story: null })
    else if (id !== unfinished) expect(row.end).toBeNull()
  }
  expect((await store.list('ada')).length - answered.size).toBeOneOf([0, 1])
  database.close()
})

test('a refresh token that was handed out before the process was killed still works', async () => {
  using file = temporaryFile()
  openSqlite(file.path).database.close()
  const child = start('refresh-child.ts', file.path)
  const tokens = await linesOf(child, (_line, count) => count === 10 && child.kill('SIGKILL'))
  const { database, store } = openSqlite(file.path)
  const auth = createVerbs({ secret: 'a secret of more than thirty-two bytes', store, now: () => NOW + 100 * 60_000 * tokens.length })
  expect(await auth.refresh(tokens.at(-1)!)).toMatchObject({ ok: true, how: expect.stringMatching(/rotated|repeated/) })
  database.close()
})
