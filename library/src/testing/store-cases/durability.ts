import assert from 'node:assert/strict'
import { assertStored, createIn, DAY, endAt, NOW, rotationTo, type Cases } from './case.ts'

/** What outlives the process, where the store says that something does. */
export const DURABILITY: Cases = {
  'after a restart everything is as it was': async ({ store, reopen }) => {
    const [live, rotated, restarted, used, ended] = [
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
    const young = { issuedAt: NOW + 9, idleEndsAt: NOW + 31 * DAY }
    await store.rotate(rotated.id, rotated, rotationTo(1))
    await store.extend(restarted.id, 0, young)
    await store.markUsed([{ sessionId: used.id, generation: 0 }])
    await store.end(ended.id, end)
    const again = await reopen()
    const expected = [
      live,
      { ...rotated, ...rotationTo(1) },
      { ...restarted, ...young },
      { ...used, used: true },
      { ...ended, end },
    ]
    assert.deepEqual(await again.list('ada'), expected)
    assert.deepEqual(await again.endedSince(NOW), [{ sessionId: ended.id, at: NOW }])
  },

  'after a restart the compare-and-set goes on where it was': async ({ store, reopen }) => {
    const session = await createIn(store)
    await store.rotate(session.id, session, rotationTo(1))
    const again = await reopen()
    assert.equal(await again.rotate(session.id, session, rotationTo(1, { attempt: 'late' })), false)
    assert.equal(await again.rotate(session.id, rotationTo(1), rotationTo(2)), true)
    await assertStored(again, { ...session, ...rotationTo(2) })
    await again.end(session.id, endAt(NOW))
    assert.equal(await (await reopen()).end(session.id, endAt(NOW + 1)), false)
  },
}
