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

const YOUNG = { issuedAt: NOW + MINUTE, idleEndsAt: NOW + 31 * DAY }

/** Compare-and-set. */
export const ROTATIONS: Cases = {
  'a rotation writes what it says, notes the generation as unused, and leaves the rest': async ({
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

  'a rotation may name no attempt, and may go up by more than one': async ({ store }) => {
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

  'a rotation from another generation than the present one is refused': async ({ store }) => {
    const session = await createIn(store, { generation: 5 })
    for (const from of [0, 4, 6])
      assert.equal(
        await store.rotate(session.id, { ...session, generation: from }, rotationTo(from + 1)),
        false,
      )
    await assertStored(store, session)
  },

  'a rotation of a generation that was handed out anew since it was read is refused': async ({
    store,
  }) => {
    const session = await createIn(store)
    assert.equal(await store.extend(session.id, 0, YOUNG), true)
    assert.equal(await store.rotate(session.id, session, rotationTo(1)), false)
    assert.equal(await store.rotate(session.id, { ...session, ...YOUNG }, rotationTo(2)), true)
  },

  'a rotation of an unknown or ended session is refused': async ({ store }) => {
    const session = await createIn(store)
    await store.end(session.id, endAt(NOW))
    assert.equal(await store.rotate(session.id, session, rotationTo(1)), false)
    assert.equal(await store.rotate(newId(), session, rotationTo(1)), false)
    await assertStored(store, { ...session, end: endAt(NOW) })
  },

  'of fifty rotations at once exactly one succeeds': async ({ store }) => {
    const session = await createIn(store)
    const attempts = Array.from({ length: 50 }, (_, index) =>
      rotationTo(1, { attempt: `attempt of ${index}` }),
    )
    const won = await Promise.all(
      attempts.map(async (next) => store.rotate(session.id, session, next)),
    )
    assert.equal(won.filter(Boolean).length, 1)
    await assertStored(store, { ...session, ...attempts[won.indexOf(true)]! })
  },

  'of a rotation and an end at once the end always stands': async ({ store }) => {
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

  'a restart makes the present generation young, and leaves the rest': async ({ store }) => {
    const session = await createIn(store, { generation: 3, attempt: 'mine', used: true })
    assert.equal(await store.extend(session.id, 3, YOUNG), true)
    await assertStored(store, { ...session, ...YOUNG })
  },

  'a restart never makes a generation older, whichever of two comes last': async ({ store }) => {
    const session = await createIn(store)
    assert.equal(await store.extend(session.id, 0, YOUNG), true)
    assert.equal(
      await store.extend(session.id, 0, { issuedAt: NOW + 1, idleEndsAt: NOW + 2 }),
      true,
    )
    await assertStored(store, { ...session, ...YOUNG })
  },

  'a restart of another generation, an unknown or an ended session is refused': async ({
    store,
  }) => {
    const session = await createIn(store, { generation: 3 })
    for (const generation of [2, 4])
      assert.equal(await store.extend(session.id, generation, YOUNG), false)
    assert.equal(await store.extend(newId(), 0, YOUNG), false)
    await assertStored(store, session)
    await store.end(session.id, endAt(NOW))
    assert.equal(await store.extend(session.id, 3, YOUNG), false)
    await assertStored(store, { ...session, end: endAt(NOW) })
  },

  'only the present generation is noted as used': async ({ store }) => {
    const [one, other, third] = [
      await createIn(store, { generation: 1 }),
      await createIn(store),
      await createIn(store, { generation: 4 }),
    ]
    await store.markUsed([])
    await store.markUsed([
      { sessionId: one.id, generation: 1 },
      { sessionId: other.id, generation: 1 },
      { sessionId: third.id, generation: 3 },
      { sessionId: newId(), generation: 0 },
    ])
    await assertStored(store, { ...one, used: true })
    await assertStored(store, other)
    await assertStored(store, third)
    assert.equal(await store.rotate(one.id, one, rotationTo(2)), true)
    await assertStored(store, { ...one, ...rotationTo(2), used: false })
  },
}
