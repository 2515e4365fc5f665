import assert from 'node:assert/strict'
import type { ListRange, Session } from '../../core/store.ts'
import {
  assertStored,
  createIn,
  DAY,
  endAt,
  listAll,
  NOW,
  sessionWith,
  type Cases,
} from './case.ts'

const NEWEST: ListRange = { ended: false, order: 'newest-first', limit: 10, after: null }

const ids = (sessions: Session[]): string[] => sessions.map(({ id }) => id).sort()

/** Listing and pruning. */
export const LISTS: Cases = {
  'list: live and ended sessions of the identity, newest first': async ({ store }) => {
    const [second, first, third] = [
      await createIn(store, { createdAt: NOW + 2 }),
      await createIn(store, { createdAt: NOW + 1 }),
      await createIn(store, { createdAt: NOW + 3, claims: { role: 'reader' } }),
    ]
    await createIn(store, { identity: 'ada ' })
    await store.end(second.id, endAt(NOW + 9))
    assert.deepEqual(await listAll(store, 'ada'), [
      third,
      { ...second, end: endAt(NOW + 9) },
      first,
    ])
    assert.deepEqual(await listAll(store, 'unknown'), [])
  },

  'list: pages contain every session once, in both orders, also those of one instant': async ({
    store,
  }) => {
    const sessions = Array.from({ length: 60 }, (_, index) =>
      sessionWith({ createdAt: NOW - Math.floor(index / 7) }),
    )
    await Promise.all(sessions.map(async (session) => store.create(session)))
    const ended = sessions.filter((_, index) => index % 2 === 0)
    await Promise.all(ended.map(async ({ id }) => store.end(id, endAt(NOW))))
    for (const limit of [1, 7, 100])
      assert.deepEqual(ids(await listAll(store, 'ada', limit)), ids(sessions), `${limit} a page`)
    const newest = await store.list('ada', { ...NEWEST, limit: 100 })
    const oldest = await store.list('ada', { ...NEWEST, limit: 100, order: 'oldest-first' })
    assert.deepEqual(oldest, newest.toReversed())
    assert.equal(newest.length, 30)
    const half = { ...NEWEST, limit: 5, order: 'oldest-first', after: oldest[9]! } as const
    assert.deepEqual(await store.list('ada', half), oldest.slice(10, 15))
  },

  'list: a page goes on where the one before ended, though sessions begin, end and are pruned':
    async ({ store }) => {
      const sessions: Session[] = []
      for (let index = 0; index < 6; index++)
        sessions.push(await createIn(store, { createdAt: NOW - index }))
      const page = await store.list('ada', { ...NEWEST, limit: 2 })
      assert.deepEqual(page, sessions.slice(0, 2))
      await createIn(store, { createdAt: NOW + 1 })
      await store.end(page[1]!.id, endAt(NOW - 10))
      await store.prune(NOW)
      await store.end(sessions[3]!.id, endAt(NOW))
      const next = await store.list('ada', { ...NEWEST, limit: 2, after: page[1]! })
      assert.deepEqual(next, [sessions[2], sessions[4]])
    },

  'list: sessions without a stored end are live, also after their lifetime': async ({ store }) => {
    const session = await createIn(store, { idleEndsAt: NOW - 1, endsAt: NOW - 1 })
    assert.deepEqual(await store.list('ada', NEWEST), [session])
    assert.deepEqual(await store.list('ada', { ...NEWEST, ended: true }), [])
  },

  'list: identities that are long are not confused': async ({ store }) => {
    const long = 'ä'.repeat(4000)
    const session = await createIn(store, { identity: long })
    await createIn(store, { identity: `${long}.` })
    assert.deepEqual(await store.list(long, NEWEST), [session])
  },

  'endedSince: returns ends at or after the instant': async ({ store }) => {
    const [early, later] = [await createIn(store), await createIn(store, { identity: 'bob' })]
    await createIn(store, { idleEndsAt: NOW - DAY, endsAt: NOW - DAY })
    await store.end(early.id, endAt(NOW))
    await store.end(later.id, endAt(NOW + 1000))
    const [firstEnd, lastEnd] = [
      { sessionId: early.id, at: NOW },
      { sessionId: later.id, at: NOW + 1000 },
    ]
    const since = async (at: number) =>
      [...(await store.endedSince(at))].sort((a, b) => a.at - b.at)
    assert.deepEqual(await since(0), [firstEnd, lastEnd])
    assert.deepEqual(await since(NOW), [firstEnd, lastEnd])
    assert.deepEqual(await since(NOW + 1), [lastEnd])
    assert.deepEqual(await since(NOW + 1000), [lastEnd])
    assert.deepEqual(await since(NOW + 1001), [])
  },

  'prune: deletes sessions that ended before the instant, and keeps live ones and later ends':
    async ({ store }) => {
      const [pruned, kept, ended] = [
        await createIn(store),
        await createIn(store, { createdAt: NOW - 5 }),
        await createIn(store, { createdAt: NOW - 7 }),
      ]
      await store.end(pruned.id, endAt(NOW - 1))
      await store.end(ended.id, endAt(NOW))
      assert.equal(await store.prune(NOW), 1)
      assert.equal(await store.read(pruned.id), null)
      assert.deepEqual(await listAll(store, 'ada'), [kept, { ...ended, end: endAt(NOW) }])
      assert.deepEqual(await store.endedSince(0), [{ sessionId: ended.id, at: NOW }])
      assert.equal(await store.prune(NOW), 0)
    },

  'prune: 1100 ended sessions are all deleted': async ({ store }) => {
    const [sessions, kept] = [
      Array.from({ length: 1100 }, (_, index) => sessionWith({ identity: `${index % 2}` })),
      await createIn(store),
    ]
    await Promise.all(sessions.map(async (session) => store.create(session)))
    for (const identity of ['0', '1']) await store.endAll(identity, null, endAt(NOW - 1))
    assert.equal(await store.prune(NOW), 1100)
    await assertStored(store, kept)
    assert.deepEqual(await listAll(store, '1'), [])
  },

  'prune: a session that was extended is kept': async ({ store }) => {
    const session = await createIn(store, { idleEndsAt: NOW + 1 })
    await store.extend(session.id, 0, { issuedAt: NOW, idleEndsAt: NOW + DAY })
    assert.equal(await store.prune(NOW + 2), 0)
    await assertStored(store, { ...session, idleEndsAt: NOW + DAY })
  },
}
