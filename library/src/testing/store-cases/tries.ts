import assert from 'node:assert/strict'
import type { Store } from '../../core/store.ts'
import type { TryRule } from '../../core/tries.ts'
import { DAY, MINUTE, newId, NOW, type Cases } from './case.ts'

const SECOND = 1000

/** The third try causes the first delay, and the sixth is the last. */
const RULE: TryRule = {
  free: 3,
  firstDelay: SECOND,
  maxDelay: 3 * SECOND,
  limit: 6,
  forgetAfter: DAY,
}

const KEEP = 1000

/** Takes tries one after the other, each when the delay of the one before is over. */
async function takeAll(store: Store, key: string, count: number, rule = RULE): Promise<number> {
  let now = NOW
  for (let index = 0; index < count; index++) {
    const { taken, blockedUntil } = await store.takeTry(key, rule, now)
    assert.equal(taken, true)
    now = Math.max(now, blockedUntil)
  }
  return now
}

/** Counters of tries to sign in. */
export const TRIES: Cases = {
  'takeTry: counts, and blocks for twice as long after each try': async ({ store }) => {
    const key = newId()
    const taken = []
    let now = NOW
    for (let index = 0; index < 5; index++) {
      const { blockedUntil, ...result } = await store.takeTry(key, RULE, now)
      taken.push({ ...result, delay: blockedUntil - now })
      now = blockedUntil
    }
    const common = { taken: true, knownUntil: 0 }
    assert.deepEqual(taken, [
      { ...common, tries: 1, delay: 0 },
      { ...common, tries: 2, delay: 0 },
      { ...common, tries: 3, delay: SECOND },
      { ...common, tries: 4, delay: 2 * SECOND },
      { ...common, tries: 5, delay: 3 * SECOND },
    ])
  },

  'takeTry: a blocked counter refuses, and does not count': async ({ store }) => {
    const [key, other] = [newId(), newId()]
    await takeAll(store, key, 3)
    const refused = { taken: false, tries: 3, blockedUntil: NOW + SECOND, knownUntil: 0 }
    assert.deepEqual(await store.takeTry(key, RULE, NOW), refused)
    assert.deepEqual(await store.takeTry(key, RULE, NOW + SECOND - 1), refused)
    assert.equal((await store.takeTry(other, RULE, NOW)).taken, true)
    assert.equal((await store.takeTry(key, RULE, NOW + SECOND)).tries, 4)
  },

  'takeTry: after the last try there is none until the counter is forgotten': async ({ store }) => {
    const key = newId()
    const blockedUntil = await takeAll(store, key, RULE.limit)
    const { taken, ...counter } = await store.takeTry(key, RULE, blockedUntil - 1)
    assert.equal(taken, false)
    assert.deepEqual(counter, { tries: RULE.limit, blockedUntil, knownUntil: 0 })
    assert.equal((await store.takeTry(key, RULE, blockedUntil)).tries, 1)
  },

  'takeTry: a counter is forgotten some time after its last try': async ({ store }) => {
    const key = newId()
    await store.takeTry(key, RULE, NOW)
    assert.equal((await store.takeTry(key, RULE, NOW + DAY - 1)).tries, 2)
    assert.equal((await store.takeTry(key, RULE, NOW + 2 * DAY - 2)).tries, 3)
    assert.equal((await store.takeTry(key, RULE, NOW + 3 * DAY)).tries, 1)
  },

  'takeTry: of fifty concurrent calls exactly the free ones are taken': async ({ store }) => {
    const key = newId()
    const results = await Promise.all(
      Array.from({ length: 50 }, async () => store.takeTry(key, RULE, NOW)),
    )
    assert.equal(results.filter(({ taken }) => taken).length, RULE.free)
  },

  'giveBackTries: subtracts, not below 0, and lifts the block that the try caused': async ({
    store,
  }) => {
    const key = newId()
    await takeAll(store, key, 2)
    const { blockedUntil } = await store.takeTry(key, RULE, NOW)
    await store.giveBackTries(key, 1, blockedUntil)
    assert.equal((await store.takeTry(key, RULE, NOW)).tries, 3)
    await store.giveBackTries(key, 1, blockedUntil - 1)
    assert.equal((await store.takeTry(key, RULE, NOW)).taken, false)
    await store.giveBackTries(key, 9, blockedUntil)
    assert.equal((await store.takeTry(key, RULE, NOW)).tries, 1)
    await store.giveBackTries(newId(), 1, NOW)
  },

  'clearTries: the counter begins again': async ({ store }) => {
    const key = newId()
    const blockedUntil = await takeAll(store, key, RULE.limit)
    await store.clearTries(key, 0, blockedUntil)
    assert.deepEqual(await store.takeTry(key, RULE, NOW), {
      taken: true,
      tries: 1,
      blockedUntil: NOW,
      knownUntil: 0,
    })
  },

  'clearTries: a known place stays known, over tries, until the instant': async ({ store }) => {
    const key = newId()
    const knownUntil = NOW + 2 * DAY
    await store.clearTries(key, knownUntil, NOW)
    await store.pruneTries(NOW, KEEP)
    const { blockedUntil } = await store.takeTry(key, RULE, NOW)
    await store.giveBackTries(key, 1, blockedUntil)
    const later = { taken: true, tries: 1, blockedUntil: NOW + DAY + MINUTE, knownUntil }
    assert.deepEqual(await store.takeTry(key, RULE, NOW + DAY + MINUTE), later)
    const after = NOW + 3 * DAY
    assert.equal((await store.takeTry(key, RULE, after)).knownUntil, 0)
  },

  'pruneTries: keeps counters that have not expired': async ({ store }) => {
    const [old, kept] = [newId(), newId()]
    await store.takeTry(old, RULE, NOW - DAY)
    await takeAll(store, kept, 3)
    await store.pruneTries(NOW, KEEP)
    assert.equal((await store.takeTry(kept, RULE, NOW)).taken, false)
    assert.equal((await store.takeTry(old, RULE, NOW)).tries, 1)
  },
}

/** For stores whose counters do not expire by themselves. */
export const PRUNE_TRIES: Cases = {
  'pruneTries: of more counters than `keep`, those go that expire first': async ({ store }) => {
    const keys = Array.from({ length: 10 }, newId)
    for (const [index, key] of keys.entries()) await store.takeTry(key, RULE, NOW + index)
    await store.pruneTries(NOW, 4)
    const tries = []
    for (const key of keys) tries.push((await store.takeTry(key, RULE, NOW + 10)).tries)
    assert.deepEqual(tries, [1, 1, 1, 1, 1, 1, 2, 2, 2, 2])
  },
}
