import assert from 'node:assert/strict'
import { createIn, DAY, endAt, listAll, NOW, type Cases } from './case.ts'

/** For stores whose idle sessions do not expire by themselves. */
export const PRUNE_IDLE: Cases = {
  'prune: deletes sessions that were idle or ended before the instant, and keeps the others':
    async ({ store }) => {
      const pruned = [
        await createIn(store, { idleEndsAt: NOW - 1 }),
        await createIn(store, { idleEndsAt: NOW - DAY, endsAt: NOW - DAY }),
        await createIn(store),
      ]
      await store.end(pruned[2]!.id, endAt(NOW - 1))
      const kept = [
        await createIn(store, { createdAt: NOW - 5 }),
        await createIn(store, { idleEndsAt: NOW, createdAt: NOW - 6 }),
      ]
      const ended = await createIn(store, { createdAt: NOW - 7 })
      await store.end(ended.id, endAt(NOW))
      assert.equal(await store.prune(NOW), 3)
      for (const { id } of pruned) assert.equal(await store.read(id), null)
      assert.deepEqual(await listAll(store, 'ada'), [...kept, { ...ended, end: endAt(NOW) }])
      assert.deepEqual(await store.endedSince(0), [{ sessionId: ended.id, at: NOW }])
      assert.equal(await store.prune(NOW), 0)
    },
}
