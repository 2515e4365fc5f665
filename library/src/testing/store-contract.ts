import type { Awaitable, Store } from '../core/store.ts'
import type { Cases } from './store-cases/case.ts'
import { DURABILITY } from './store-cases/durability.ts'
import { ENDS } from './store-cases/ends.ts'
import { LISTS } from './store-cases/lists.ts'
import { PRUNE_IDLE } from './store-cases/pruning.ts'
import { CLAIM_ONCE } from './store-cases/claim-once.ts'
import { ROTATIONS } from './store-cases/rotations.ts'
import { SESSIONS } from './store-cases/sessions.ts'
import { PRUNE_TRIES, TRIES } from './store-cases/tries.ts'

/** A store under test. */
export interface StoreUnderTest {
  store: Store
  /** Closes the store, as at the end of the process, and opens it again with the same data. */
  reopen?(): Awaitable<Store>
  close(): unknown
}

export interface StoreContract {
  /** The `test` function of the test runner: Vitest, `node:test` or another. */
  test(name: string, body: () => Promise<void>): unknown
  /** Creates an empty store. Called once for each test. */
  makeStore(): Awaitable<StoreUnderTest>
  /** Whether stored data outlive the process. If so, `makeStore` must return `reopen`. */
  durable: boolean
  /** Whether idle sessions expire by themselves. `prune` then has to delete ended ones only. */
  expires?: boolean
}

/**
 * Registers tests for every guarantee of the interface `Store`. Run them against the real engine,
 * not a mock.
 */
export function storeContract({ test, makeStore, durable, expires = false }: StoreContract): void {
  const cases: Cases = {
    ...SESSIONS,
    ...ROTATIONS,
    ...ENDS,
    ...LISTS,
    ...(!expires && PRUNE_IDLE),
    ...CLAIM_ONCE,
    ...TRIES,
    ...(!expires && PRUNE_TRIES),
    ...(durable && DURABILITY),
  }
  for (const [name, body] of Object.entries(cases)) {
    test(name, async () => {
      const { store, reopen, close } = await makeStore()
      try {
        await body({ store, reopen: async () => reopen!() })
      } finally {
        await close()
      }
    })
  }
}
