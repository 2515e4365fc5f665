import assert from 'node:assert/strict'
import { MINUTE, newId, NOW, type Cases } from './case.ts'

/** Single-use keys. */
export const CLAIM_ONCE: Cases = {
  'claimOnce: returns true for a key that is not claimed yet, and false the second time': async ({
    store,
  }) => {
    const [first, second] = [newId(), newId()]
    assert.equal(await store.claimOnce(first, NOW + MINUTE, NOW), true)
    assert.equal(await store.claimOnce(second, NOW + MINUTE, NOW), true)
    assert.equal(await store.claimOnce(first, NOW + MINUTE, NOW), false)
    assert.equal(await store.claimOnce(second, NOW + 2 * MINUTE, NOW + 1), false)
    assert.equal(await store.claimOnce(`${first} `, NOW + MINUTE, NOW), true)
  },

  'claimOnce: keys that differ only in case are different keys': async ({ store }) => {
    assert.equal(await store.claimOnce('AbC', NOW + MINUTE, NOW), true)
    assert.equal(await store.claimOnce('aBc', NOW + MINUTE, NOW), true)
  },

  'claimOnce: fifty concurrent calls with one key, exactly one returns true': async ({ store }) => {
    const key = newId()
    const results = await Promise.all(
      Array.from({ length: 50 }, async () => store.claimOnce(key, NOW + MINUTE, NOW)),
    )
    assert.equal(results.filter(Boolean).length, 1)
  },

  'claimOnce: a key stays claimed until it expires, while others expire before it': async ({
    store,
  }) => {
    const keys = Array.from({ length: 30 }, (_, index) => ({
      key: newId(),
      expiresAt: NOW + (index + 1) * MINUTE,
    }))
    for (const { key, expiresAt } of keys)
      assert.equal(await store.claimOnce(key, expiresAt, NOW), true)
    for (const { key, expiresAt } of keys)
      assert.equal(
        await store.claimOnce(key, expiresAt, NOW + MINUTE / 2),
        false,
        `${key} expires at ${expiresAt}`,
      )
  },
}
