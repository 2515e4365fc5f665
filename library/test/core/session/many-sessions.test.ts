import { createAuth, type SessionAuth } from 'latchkey'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Session, Store } from '../../../src/core/store.ts'
import { DAY, endAt, NOW, rotationTo, sessionWith } from '../../../src/testing/store-cases/case.ts'
import { openSqlite, temporaryFile } from '../../stores/sqlite-file.ts'

/** Of one account. Every second one has ended. */
const SESSIONS = 20_000
const MAX = 100

const file = temporaryFile()
const { database, store } = openSqlite(file.path)
let auth: SessionAuth
let rows = 0

/** Counts the rows that leave the store. */
const counting: Store = {
  ...store,
  read: async (id) => count(await store.read(id)),
  list: async (identity, range) => (await store.list(identity, range)).map(count),
}

function count<T>(row: T): T {
  rows++
  return row
}

const sessionAt = (index: number): Session =>
  sessionWith({ createdAt: NOW - (SESSIONS - index) * 1000, issuedAt: NOW })

beforeAll(async () => {
  const sessions = Array.from({ length: SESSIONS }, (_, index) => sessionAt(index))
  await Promise.all(sessions.map(async (session) => store.create(session)))
  const ended = sessions.filter((_, index) => index % 2 === 0)
  await Promise.all(ended.map(async ({ id }) => store.end(id, endAt(NOW))))
  auth = createAuth({
    secret: 'a secret of tests that is long enough',
    store: counting,
    now: () => NOW,
  })
})
beforeEach(() => (rows = 0))
afterAll(() => {
  auth.close()
  database.close()
  file[Symbol.dispose]()
})

test('20,000 sessions: a page reads little more than it shows', async () => {
  const { sessionId: current } = await auth.signIn('ada')
  rows = 0
  const { sessions, nextCursor } = await auth.sessions('ada', { current })
  expect([sessions.length, sessions[0]!.id]).toEqual([100, current])
  expect(sessions.every(({ end }) => end === null)).toBe(true)
  const next = await auth.sessions('ada', { current, cursor: nextCursor })
  expect(next.sessions[0]!.createdAt).toBeLessThan(sessions.at(-1)!.createdAt)
  expect(rows).toBeLessThan(2 * 100 + 10)
})

test('20,000 sessions: the limit at a sign-in reads 20 more than may live', async () => {
  const { sessionId: keep } = await auth.signIn('ada')
  rows = 0
  expect(await auth.limitSessions('ada', { max: MAX, keep })).toBe(20)
  // Each that is ended is read once more.
  expect(rows).toBe(MAX + 20 + 20)
  expect(await auth.explain(keep)).toMatchObject({ end: null })
})

test('pages: every session once; the current one first, then live ones', async () => {
  const own = Array.from({ length: 9 }, (_, index) =>
    sessionWith({ identity: 'bob', createdAt: NOW - index }),
  )
  for (const session of own) await store.create(session)
  for (const { id } of own.slice(0, 3)) await store.end(id, endAt(NOW))
  const current = own[6]!.id
  for (const limit of [1, 2, 3, 8, 9, 100]) {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<SessionAuth['sessions']>> = await auth.sessions('bob', {
        limit,
        cursor,
        current,
      })
      seen.push(...page.sessions.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
    const others = [3, 4, 5, 7, 8, 0, 1, 2].map((index) => own[index]!.id)
    expect([limit, seen]).toEqual([limit, [current, ...others]])
  }
})

test('the session of another account as the current one is not shown', async () => {
  const { sessionId } = await auth.signIn('eve')
  const { sessions } = await auth.sessions('nobody', { current: sessionId })
  expect(sessions).toEqual([])
})

test('limitSessions: sessions whose lifetime is over do not hide live ones', async () => {
  const over = { identity: 'cid', idleEndsAt: NOW - 1, endsAt: NOW + DAY }
  for (let index = 0; index < 30; index++)
    await store.create(sessionWith({ ...over, createdAt: NOW - DAY - index }))
  const live = Array.from({ length: 5 }, (_, index) =>
    sessionWith({ identity: 'cid', createdAt: NOW - index, issuedAt: NOW - 10 + index }),
  )
  for (const session of live) await store.create(session)
  const used = live[0]!
  await store.rotate(used.id, used, rotationTo(1))
  for (let signIns = 0; signIns < 3; signIns++)
    await auth.limitSessions('cid', { max: 2, keep: live[4]!.id })
  const { sessions } = await auth.sessions('cid')
  const still = sessions.filter(({ end }) => end === null).map(({ id }) => id)
  expect(still.sort()).toEqual([used.id, live[4]!.id].sort())
  expect(sessions.find(({ id }) => id === live[1]!.id)!.end!.reason).toBe('too-many-sessions')
  expect(sessions.at(-1)!.end!.reason).toBe('idle')
})

test('SQLite reads each list in the order of its index', () => {
  const texts: string[] = []
  const recorded = sqliteStore({
    exec: (sql) => database.exec(sql),
    prepare: (sql) => (texts.push(sql), database.prepare(sql)),
  })
  void recorded.read(sessionWith().id)
  const lists = texts.filter((sql) => /ORDER BY created_at/.test(sql))
  expect(lists).toHaveLength(4)
  for (const sql of lists) {
    const plan = JSON.stringify(database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all())
    expect(plan).toMatch(/USING INDEX latchkey_session_(?:live|ended)_list/)
    expect(plan).not.toContain('TEMP B-TREE FOR ORDER BY')
  }
})
