import assert from 'node:assert/strict'
import { assertStored, createIn, DAY, endAt, NOW, sessionWith, type Cases } from './case.ts'

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
    assert.deepEqual(await store.list('ada'), [third, { ...second, end: endAt(NOW + 9) }, first])
    assert.deepEqual(await store.list('unknown'), [])
  },

  'list: 300 sessions are all returned, in order': async ({ store }) => {
    const sessions = Array.from({ length: 300 }, (_, index) =>
      sessionWith({ createdAt: NOW - index }),
    )
    await Promise.all(sessions.map(async (session) => store.create(session)))
    assert.deepEqual(await store.list('ada'), sessions)
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
      assert.deepEqual(await store.list('ada'), [kept, { ...ended, end: endAt(NOW) }])
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
    assert.deepEqual(await store.list('1'), [])
  },

  'prune: a session that was extended is kept': async ({ store }) => {
    const session = await createIn(store, { idleEndsAt: NOW + 1 })
    await store.extend(session.id, 0, { issuedAt: NOW, idleEndsAt: NOW + DAY })
    assert.equal(await store.prune(NOW + 2), 0)
    await assertStored(store, { ...session, idleEndsAt: NOW + DAY })
  },
}
