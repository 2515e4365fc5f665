import assert from 'node:assert/strict'
import {
  assertStored,
  createIn,
  DAY,
  endAt,
  MINUTE,
  newId,
  NOW,
  rotationTo,
  type Cases,
} from './case.ts'

const EXTENSION = { issuedAt: NOW + MINUTE, idleEndsAt: NOW + 31 * DAY }

/** Rotating, extending and marking as used: compare-and-set. */
export const ROTATIONS: Cases = {
  'rotate: from the current generation, writes the fields, clears used and keeps the rest': async ({
    store,
  }) => {
    const session = await createIn(store, {
      used: true,
      claims: { role: 'reader' },
      device: { address: '192.0.2.1' },
    })
    assert.equal(await store.rotate(session.id, session, rotationTo(1)), true)
    await assertStored(store, { ...session, ...rotationTo(1), used: false })
  },

  'rotate: without an attempt and by more than one generation, writes the fields': async ({
    store,
  }) => {
    const session = await createIn(store, { attempt: 'before' })
    const next = rotationTo(2 ** 32 - 1, {
      attempt: null,
      device: {},
      issuedAt: NOW,
      idleEndsAt: NOW,
    })
    assert.equal(await store.rotate(session.id, session, next), true)
    await assertStored(store, { ...session, ...next })
  },

  'rotate: from another generation, returns false and writes nothing': async ({ store }) => {
    const session = await createIn(store, { generation: 5 })
    for (const from of [0, 4, 6])
      assert.equal(
        await store.rotate(session.id, { ...session, generation: from }, rotationTo(from + 1)),
        false,
      )
    await assertStored(store, session)
  },

  'rotate: a generation that was extended since it was read returns false': async ({ store }) => {
    const session = await createIn(store)
    assert.equal(await store.extend(session.id, 0, EXTENSION), true)
    assert.equal(await store.rotate(session.id, session, rotationTo(1)), false)
    assert.equal(await store.rotate(session.id, { ...session, ...EXTENSION }, rotationTo(2)), true)
  },

  'rotate: an unknown or ended session returns false': async ({ store }) => {
    const session = await createIn(store)
    await store.end(session.id, endAt(NOW))
    assert.equal(await store.rotate(session.id, session, rotationTo(1)), false)
    assert.equal(await store.rotate(newId(), session, rotationTo(1)), false)
    await assertStored(store, { ...session, end: endAt(NOW) })
  },

  'rotate: fifty concurrent calls from one generation, exactly one returns true': async ({
    store,
  }) => {
    const session = await createIn(store)
    const rotations = Array.from({ length: 50 }, (_, index) =>
      rotationTo(1, { attempt: `attempt of ${index}` }),
    )
    const results = await Promise.all(
      rotations.map(async (next) => store.rotate(session.id, session, next)),
    )
    assert.equal(results.filter(Boolean).length, 1)
    await assertStored(store, { ...session, ...rotations[results.indexOf(true)]! })
  },

  'rotate and end: concurrent calls, the end is always stored': async ({ store }) => {
    const sessions = await Promise.all(Array.from({ length: 20 }, async () => createIn(store)))
    const rotations = sessions.map(async (session) =>
      store.rotate(session.id, session, rotationTo(1)),
    )
    const ends = await Promise.all(sessions.map(async ({ id }) => store.end(id, endAt(NOW))))
    for (const [index, session] of sessions.entries()) {
      const rotated = await rotations[index]
      assert.equal(ends[index], true)
      await assertStored(store, { ...session, ...(rotated && rotationTo(1)), end: endAt(NOW) })
    }
  },

  'extend: for the current generation, writes both instants and keeps the rest': async ({
    store,
  }) => {
    const session = await createIn(store, { generation: 3, attempt: 'mine', used: true })
    assert.equal(await store.extend(session.id, 3, EXTENSION), true)
    await assertStored(store, { ...session, ...EXTENSION })
  },

  'extend: with earlier instants, returns true and keeps the later ones': async ({ store }) => {
    const session = await createIn(store)
    assert.equal(await store.extend(session.id, 0, EXTENSION), true)
    assert.equal(
      await store.extend(session.id, 0, { issuedAt: NOW + 1, idleEndsAt: NOW + 2 }),
      true,
    )
    await assertStored(store, { ...session, ...EXTENSION })
  },

  'extend: for another generation, or an unknown or ended session, returns false': async ({
    store,
  }) => {
    const session = await createIn(store, { generation: 3 })
    for (const generation of [2, 4])
      assert.equal(await store.extend(session.id, generation, EXTENSION), false)
    assert.equal(await store.extend(newId(), 0, EXTENSION), false)
    await assertStored(store, session)
    await store.end(session.id, endAt(NOW))
    assert.equal(await store.extend(session.id, 3, EXTENSION), false)
    await assertStored(store, { ...session, end: endAt(NOW) })
  },

  'markUsed: sets used for the current generation only': async ({ store }) => {
    const [first, second, third] = [
      await createIn(store, { generation: 1 }),
      await createIn(store),
      await createIn(store, { generation: 4 }),
    ]
    await store.markUsed([])
    await store.markUsed([
      { sessionId: first.id, generation: 1 },
      { sessionId: second.id, generation: 1 },
      { sessionId: third.id, generation: 3 },
      { sessionId: newId(), generation: 0 },
    ])
    await assertStored(store, { ...first, used: true })
    await assertStored(store, second)
    await assertStored(store, third)
    assert.equal(await store.rotate(first.id, first, rotationTo(2)), true)
    await assertStored(store, { ...first, ...rotationTo(2), used: false })
  },
}
