import type { Awaitable, Store } from '../core/store.ts'
import type { Cases } from './store-cases/case.ts'
import { DURABILITY } from './store-cases/durability.ts'
import { ENDS } from './store-cases/ends.ts'
import { LISTS } from './store-cases/lists.ts'
import { PRUNING } from './store-cases/pruning.ts'
import { ONCE } from './store-cases/claim-once.ts'
import { ROTATIONS } from './store-cases/rotations.ts'
import { SESSIONS } from './store-cases/sessions.ts'

/** A store under test. */
export interface StoreUnderTest {
  store: Store
  /** Closes the store and opens what it has stored again, as after a restart. */
  reopen?(): Awaitable<Store>
  close(): unknown
}

export interface StoreContract {
  /** The runner's `test`, of vitest, `node:test` or another. */
  test(name: string, body: () => Promise<void>): unknown
  /** Makes a store that holds nothing yet. Called once for each test. */
  makeStore(): Awaitable<StoreUnderTest>
  /** What is stored outlives the process, and `makeStore` gives `reopen`. */
  durable: boolean
  /** The engine forgets by itself what was not used; `prune` need only do so with what was ended. */
  expires?: boolean
}

/**
 * What every store must do: at least one test for each promise of the interface `Store`.
 * Run it against the real engine, not against a mock.
 */
export function storeContract({ test, makeStore, durable, expires = false }: StoreContract): void {
  const cases: Cases = {
    ...SESSIONS,
    ...ROTATIONS,
    ...ENDS,
    ...LISTS,
    ...(!expires && PRUNING),
    ...ONCE,
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
