import assert from 'node:assert/strict'
import { assertStored, createIn, DAY, endAt, listAll, NOW, rotationTo, type Cases } from './case.ts'

/** For stores whose data outlive the process. */
export const DURABILITY: Cases = {
  'reopened store: all sessions and ends are as they were written': async ({ store, reopen }) => {
    const [live, rotated, extended, used, ended] = [
      await createIn(store, { createdAt: NOW + 5, claims: { 名: '值' } }),
      await createIn(store, { createdAt: NOW + 4 }),
      await createIn(store, { createdAt: NOW + 3 }),
      await createIn(store, { createdAt: NOW + 2 }),
      await createIn(store, { createdAt: NOW + 1 }),
    ]
    const end = endAt(NOW, {
      reason: 'reused',
      details: { presented: 0, current: 2, after: 31_000, device: { userAgent: 'x' }, holder: {} },
    })
    const extension = { issuedAt: NOW + 9, idleEndsAt: NOW + 31 * DAY }
    await store.rotate(rotated.id, rotated, rotationTo(1))
    await store.extend(extended.id, 0, extension)
    await store.markUsed([{ sessionId: used.id, generation: 0 }])
    await store.end(ended.id, end)
    const reopened = await reopen()
    const expected = [
      live,
      { ...rotated, ...rotationTo(1) },
      { ...extended, ...extension },
      { ...used, used: true },
      { ...ended, end },
    ]
    assert.deepEqual(await listAll(reopened, 'ada'), expected)
    assert.deepEqual(await reopened.endedSince(NOW), [{ sessionId: ended.id, at: NOW }])
  },

  'reopened store: rotate and end compare with the stored session': async ({ store, reopen }) => {
    const session = await createIn(store)
    await store.rotate(session.id, session, rotationTo(1))
    const reopened = await reopen()
    assert.equal(
      await reopened.rotate(session.id, session, rotationTo(1, { attempt: 'late' })),
      false,
    )
    assert.equal(await reopened.rotate(session.id, rotationTo(1), rotationTo(2)), true)
    await assertStored(reopened, { ...session, ...rotationTo(2) })
    await reopened.end(session.id, endAt(NOW))
    assert.equal(await (await reopen()).end(session.id, endAt(NOW + 1)), false)
  },
}
