import assert from 'node:assert/strict'
import type { Revocation, Store } from '../../core/store.ts'
import {
  assertStored,
  createIn,
  endAt,
  MINUTE,
  newId,
  NOW,
  rotationTo,
  type Cases,
} from './case.ts'

const STORY = {
  presented: 3,
  current: 2 ** 32 - 1,
  after: 86_400_000,
  device: { userAgent: '另一个浏览器', address: '198.51.100.7' },
  holder: { userAgent: 'curl' },
}

/** Listens, and gives the times at which sessions were said to end, by id. A store may say so more than once. */
function listenTo(store: Store): { told: Map<string, number>; stop(): void } {
  const told = new Map<string, number>()
  const ended = ({ sessionId, at }: Revocation) => void told.set(sessionId, at)
  const stop = store.subscribe({ ended, connected() {}, disconnected() {} })
  return { told, stop }
}

/** Ending sessions, and telling of it. */
export const ENDS: Cases = {
  'a session ends with its reason and details': async ({ store }) => {
    const session = await createIn(store, { generation: 4 })
    const end = endAt(NOW + 5, { reason: 'reused', details: STORY })
    assert.equal(await store.end(session.id, end), true)
    await assertStored(store, { ...session, end })
  },

  'the application may give a reason of its own': async ({ store }) => {
    const session = await createIn(store)
    const end = endAt(NOW, { reason: '密码已更改: "new" password' })
    await store.end(session.id, end)
    await assertStored(store, { ...session, end })
  },

  'a session ends once, and the first end stands': async ({ store }) => {
    const session = await createIn(store)
    assert.equal(await store.end(session.id, endAt(NOW)), true)
    assert.equal(
      await store.end(session.id, endAt(NOW + MINUTE, { reason: 'reused', details: STORY })),
      false,
    )
    assert.deepEqual(await store.endAll('ada', null, endAt(NOW + MINUTE)), [])
    await assertStored(store, { ...session, end: endAt(NOW) })
  },

  'of fifty ends at once exactly one succeeds, and it is the one that stands': async ({
    store,
  }) => {
    const session = await createIn(store)
    const ends = Array.from({ length: 50 }, (_, index) => endAt(NOW + index))
    const won = await Promise.all(ends.map(async (end) => store.end(session.id, end)))
    assert.equal(won.filter(Boolean).length, 1)
    await assertStored(store, { ...session, end: ends[won.indexOf(true)]! })
  },

  'an unknown session cannot be ended': async ({ store }) => {
    assert.equal(await store.end(newId(), endAt(NOW)), false)
    assert.deepEqual(await store.endAll('nobody', null, endAt(NOW)), [])
  },

  'all sessions of an identity end but one, and nobody else’s': async ({ store }) => {
    const [kept, ended, before] = [
      await createIn(store),
      await createIn(store),
      await createIn(store),
    ]
    const other = await createIn(store, { identity: 'Ada' })
    await store.end(before.id, endAt(NOW))
    const everywhere = endAt(NOW + MINUTE, { reason: 'signed-out-everywhere', details: null })
    assert.deepEqual(await store.endAll('ada', kept.id, everywhere), [ended.id])
    await assertStored(store, kept)
    await assertStored(store, { ...ended, end: everywhere })
    await assertStored(store, { ...before, end: endAt(NOW) })
    await assertStored(store, other)
    assert.deepEqual(await store.endAll('ada', null, everywhere), [kept.id])
  },

  'no session that lived when all were ended is left, however much rotates meanwhile': async ({
    store,
  }) => {
    const sessions = await Promise.all(Array.from({ length: 20 }, async () => createIn(store)))
    const [ended] = await Promise.all([
      store.endAll('ada', null, endAt(NOW)),
      ...sessions.map(async (session) => store.rotate(session.id, session, rotationTo(1))),
    ])
    assert.deepEqual(new Set(ended), new Set(sessions.map(({ id }) => id)))
    for (const { end } of await store.list('ada')) assert.deepEqual(end, endAt(NOW))
  },

  'whoever listens has heard of an end when it is answered': async ({ store }) => {
    const [one, two, three] = [await createIn(store), await createIn(store), await createIn(store)]
    const [first, second] = [listenTo(store), listenTo(store)]
    await store.end(one.id, endAt(NOW + 1))
    await store.endAll('ada', three.id, endAt(NOW + 2))
    const expected = new Map([
      [one.id, NOW + 1],
      [two.id, NOW + 2],
    ])
    assert.deepEqual(first.told, expected)
    assert.deepEqual(second.told, expected)
    first.stop()
    await store.end(three.id, endAt(NOW + 3))
    assert.deepEqual(first.told, expected)
    assert.deepEqual(second.told, expected.set(three.id, NOW + 3))
    second.stop()
  },

  'nothing is told of what did not end': async ({ store }) => {
    const session = await createIn(store)
    await store.end(session.id, endAt(NOW))
    const { told, stop } = listenTo(store)
    await store.end(session.id, endAt(NOW + 1))
    await store.end(newId(), endAt(NOW + 1))
    await store.endAll('ada', null, endAt(NOW + 1))
    const other = await createIn(store)
    await store.rotate(other.id, other, rotationTo(1))
    await store.prune(NOW + 1)
    assert.deepEqual(told, new Map())
    stop()
  },
}
