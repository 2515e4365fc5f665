import assert from 'node:assert/strict'
import type { Revocation, Store } from '../../core/store.ts'
import {
  assertStored,
  createIn,
  endAt,
  listAll,
  MINUTE,
  newId,
  NOW,
  rotationTo,
  type Cases,
} from './case.ts'

const DETAILS = {
  presented: 3,
  current: 2 ** 32 - 1,
  after: 86_400_000,
  device: { userAgent: '另一个浏览器', address: '198.51.100.7' },
  holder: { userAgent: 'curl' },
}

/** Subscribes, and collects the instants of the reported ends by session id. */
function collectEnds(store: Store): { ends: Map<string, number>; unsubscribe(): void } {
  const ends = new Map<string, number>()
  const ended = ({ sessionId, at }: Revocation) => void ends.set(sessionId, at)
  const unsubscribe = store.subscribe({ ended, connected() {}, disconnected() {} })
  return { ends, unsubscribe }
}

/** Ending sessions, and reporting it to listeners. */
export const ENDS: Cases = {
  'end: for a live session, stores instant, reason and details': async ({ store }) => {
    const session = await createIn(store, { generation: 4 })
    const end = endAt(NOW + 5, { reason: 'reused', details: DETAILS })
    assert.equal(await store.end(session.id, end), true)
    await assertStored(store, { ...session, end })
  },

  'end: a reason of the application is stored unchanged': async ({ store }) => {
    const session = await createIn(store)
    const end = endAt(NOW, { reason: '密码已更改: "new" password' })
    await store.end(session.id, end)
    await assertStored(store, { ...session, end })
  },

  'end and endAll: for a session that has ended, return false and keep the first end': async ({
    store,
  }) => {
    const session = await createIn(store)
    assert.equal(await store.end(session.id, endAt(NOW)), true)
    assert.equal(
      await store.end(session.id, endAt(NOW + MINUTE, { reason: 'reused', details: DETAILS })),
      false,
    )
    assert.deepEqual(await store.endAll('ada', null, endAt(NOW + MINUTE)), [])
    await assertStored(store, { ...session, end: endAt(NOW) })
  },

  'end: fifty concurrent calls for one session, exactly one returns true and is stored': async ({
    store,
  }) => {
    const session = await createIn(store)
    const ends = Array.from({ length: 50 }, (_, index) => endAt(NOW + index))
    const results = await Promise.all(ends.map(async (end) => store.end(session.id, end)))
    assert.equal(results.filter(Boolean).length, 1)
    await assertStored(store, { ...session, end: ends[results.indexOf(true)]! })
  },

  'end and endAll: for an unknown session or identity, return false and no ids': async ({
    store,
  }) => {
    assert.equal(await store.end(newId(), endAt(NOW)), false)
    assert.deepEqual(await store.endAll('unknown', null, endAt(NOW)), [])
  },

  'endAll: ends the live sessions of the identity except one, and no others': async ({ store }) => {
    const [kept, ended, endedBefore] = [
      await createIn(store),
      await createIn(store),
      await createIn(store),
    ]
    const other = await createIn(store, { identity: 'Ada' })
    await store.end(endedBefore.id, endAt(NOW))
    const everywhere = endAt(NOW + MINUTE, { reason: 'signed-out-everywhere', details: null })
    assert.deepEqual(await store.endAll('ada', kept.id, everywhere), [ended.id])
    await assertStored(store, kept)
    await assertStored(store, { ...ended, end: everywhere })
    await assertStored(store, { ...endedBefore, end: endAt(NOW) })
    await assertStored(store, other)
    assert.deepEqual(await store.endAll('ada', null, everywhere), [kept.id])
  },

  'endAll: with concurrent rotations, ends every session that was live': async ({ store }) => {
    const sessions = await Promise.all(Array.from({ length: 20 }, async () => createIn(store)))
    const [ended] = await Promise.all([
      store.endAll('ada', null, endAt(NOW)),
      ...sessions.map(async (session) => store.rotate(session.id, session, rotationTo(1))),
    ])
    assert.deepEqual(new Set(ended), new Set(sessions.map(({ id }) => id)))
    for (const { end } of await listAll(store, 'ada')) assert.deepEqual(end, endAt(NOW))
  },

  'subscribe: listeners receive an end before end or endAll resolves, until they unsubscribe':
    async ({ store }) => {
      const [ended, endedByAll, spared] = [
        await createIn(store),
        await createIn(store),
        await createIn(store),
      ]
      const [first, second] = [collectEnds(store), collectEnds(store)]
      await store.end(ended.id, endAt(NOW + 1))
      await store.endAll('ada', spared.id, endAt(NOW + 2))
      const expected = new Map([
        [ended.id, NOW + 1],
        [endedByAll.id, NOW + 2],
      ])
      assert.deepEqual(first.ends, expected)
      assert.deepEqual(second.ends, expected)
      first.unsubscribe()
      await store.end(spared.id, endAt(NOW + 3))
      assert.deepEqual(first.ends, expected)
      assert.deepEqual(second.ends, expected.set(spared.id, NOW + 3))
      second.unsubscribe()
    },

  'subscribe: listeners receive nothing if no session ends': async ({ store }) => {
    const session = await createIn(store)
    await store.end(session.id, endAt(NOW))
    const { ends, unsubscribe } = collectEnds(store)
    await store.end(session.id, endAt(NOW + 1))
    await store.end(newId(), endAt(NOW + 1))
    await store.endAll('ada', null, endAt(NOW + 1))
    const other = await createIn(store)
    await store.rotate(other.id, other, rotationTo(1))
    await store.prune(NOW + 1)
    assert.deepEqual(ends, new Map())
    unsubscribe()
  },
}
