import assert from 'node:assert/strict'
import { assertStored, createIn, DAY, endAt, NOW, sessionWith, type Cases } from './case.ts'

/** Looking back, and forgetting. */
export const LISTS: Cases = {
  'the sessions of an identity are listed, the newest first, with those that ended': async ({
    store,
  }) => {
    const [second, first, third] = [
      await createIn(store, { createdAt: NOW + 2 }),
      await createIn(store, { createdAt: NOW + 1 }),
      await createIn(store, { createdAt: NOW + 3, claims: { role: 'reader' } }),
    ]
    await createIn(store, { identity: 'ada ' })
    await store.end(second.id, endAt(NOW + 9))
    assert.deepEqual(await store.list('ada'), [third, { ...second, end: endAt(NOW + 9) }, first])
    assert.deepEqual(await store.list('nobody'), [])
  },

  'a list may be long': async ({ store }) => {
    const sessions = Array.from({ length: 300 }, (_, index) =>
      sessionWith({ createdAt: NOW - index }),
    )
    await Promise.all(sessions.map(async (session) => store.create(session)))
    assert.deepEqual(await store.list('ada'), sessions)
  },

  'ends are told since an instant, and that instant is included': async ({ store }) => {
    const [early, late] = [await createIn(store), await createIn(store, { identity: 'bob' })]
    await createIn(store, { idleEndsAt: NOW - DAY, endsAt: NOW - DAY })
    await store.end(early.id, endAt(NOW))
    await store.end(late.id, endAt(NOW + 1000))
    const [toldEarly, toldLate] = [
      { sessionId: early.id, at: NOW },
      { sessionId: late.id, at: NOW + 1000 },
    ]
    const since = async (at: number) =>
      [...(await store.endedSince(at))].sort((one, other) => one.at - other.at)
    assert.deepEqual(await since(0), [toldEarly, toldLate])
    assert.deepEqual(await since(NOW), [toldEarly, toldLate])
    assert.deepEqual(await since(NOW + 1), [toldLate])
    assert.deepEqual(await since(NOW + 1000), [toldLate])
    assert.deepEqual(await since(NOW + 1001), [])
  },

  'a session that was ended before an instant is forgotten; what lives or ended later stays':
    async ({ store }) => {
      const [gone, kept, ended] = [
        await createIn(store),
        await createIn(store, { createdAt: NOW - 5 }),
        await createIn(store, { createdAt: NOW - 7 }),
      ]
      await store.end(gone.id, endAt(NOW - 1))
      await store.end(ended.id, endAt(NOW))
      assert.equal(await store.prune(NOW), 1)
      assert.equal(await store.read(gone.id), null)
      assert.deepEqual(await store.list('ada'), [kept, { ...ended, end: endAt(NOW) }])
      assert.deepEqual(await store.endedSince(0), [{ sessionId: ended.id, at: NOW }])
      assert.equal(await store.prune(NOW), 0)
    },

  'however much there is to prune, all of it goes': async ({ store }) => {
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

  'a session that is refreshed in time outlives the pruning': async ({ store }) => {
    const session = await createIn(store, { idleEndsAt: NOW + 1 })
    await store.extend(session.id, 0, { issuedAt: NOW, idleEndsAt: NOW + DAY })
    assert.equal(await store.prune(NOW + 2), 0)
    await assertStored(store, { ...session, idleEndsAt: NOW + DAY })
  },
}
