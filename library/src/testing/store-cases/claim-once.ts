import assert from 'node:assert/strict'
import { MINUTE, newId, NOW, type Cases } from './case.ts'

/** What may be shown once. */
export const ONCE: Cases = {
  'a key is new once, whatever else is shown': async ({ store }) => {
    const [one, other] = [newId(), newId()]
    assert.equal(await store.claimOnce(one, NOW + MINUTE, NOW), true)
    assert.equal(await store.claimOnce(other, NOW + MINUTE, NOW), true)
    assert.equal(await store.claimOnce(one, NOW + MINUTE, NOW), false)
    assert.equal(await store.claimOnce(other, NOW + 2 * MINUTE, NOW + 1), false)
    assert.equal(await store.claimOnce(`${one} `, NOW + MINUTE, NOW), true)
  },

  'keys that differ only in case are two keys': async ({ store }) => {
    assert.equal(await store.claimOnce('AbC', NOW + MINUTE, NOW), true)
    assert.equal(await store.claimOnce('aBc', NOW + MINUTE, NOW), true)
  },

  'of fifty that show a key at once exactly one is the first': async ({ store }) => {
    const key = newId()
    const first = await Promise.all(
      Array.from({ length: 50 }, async () => store.claimOnce(key, NOW + MINUTE, NOW)),
    )
    assert.equal(first.filter(Boolean).length, 1)
  },

  'a key is remembered until its time, however many are forgotten before it': async ({ store }) => {
    const keys = Array.from({ length: 30 }, (_, index) => ({
      key: newId(),
      until: NOW + (index + 1) * MINUTE,
    }))
    for (const { key, until } of keys) assert.equal(await store.claimOnce(key, until, NOW), true)
    for (const { key, until } of keys)
      assert.equal(await store.claimOnce(key, until, NOW + MINUTE / 2), false, `${key} of ${until}`)
  },
}
