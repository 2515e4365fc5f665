import type { Settings } from './options.ts'
import { isSetupError } from './setup-error.ts'
import type { Store } from './store.ts'
import { toError } from './to-error.ts'

/** What a method of a store has thrown, and whether it is a mistake that was reported. */
const THROWN_BY_STORES = new WeakMap<object, { reported: boolean }>()

/** Every method of `Store` that a request may wait for. */
const METHODS = [
  'create',
  'read',
  'rotate',
  'extend',
  'markUsed',
  'end',
  'endAll',
  'list',
  'endedSince',
  'prune',
  'claimOnce',
  'takeTry',
  'giveBackTries',
  'clearTries',
  'pruneTries',
] as const satisfies ReadonlyArray<Exclude<keyof Store, 'subscribe' | 'timeLimit'>>

/**
 * Returns the store with methods that mark what they throw, for `isOutage`. Throws a `TypeError` if
 * a method is missing.
 */
export function watchStore(store: Store): Store {
  for (const method of [...METHODS, 'subscribe'] as const)
    if (typeof store[method] !== 'function')
      throw new TypeError(`option "store" lacks the method "${method}"; see docs/stores.md`)
  const methods = METHODS.map((method) => [method, watch(store, method)])
  return {
    ...(store.timeLimit !== undefined && { timeLimit: store.timeLimit }),
    ...(Object.fromEntries(methods) as Pick<Store, (typeof METHODS)[number]>),
    subscribe: (listener) => store.subscribe(listener),
  }
}

function watch(store: Store, method: (typeof METHODS)[number]): (...values: never[]) => unknown {
  const failed = (cause: unknown): never => {
    const error = toError(cause, `the method "${method}" of the store`)
    THROWN_BY_STORES.set(error, { reported: false })
    throw error
  }
  return (...values) => {
    try {
      const result = (store[method] as (...values: never[]) => unknown)(...values)
      return result instanceof Promise ? result.catch(failed) : result
    } catch (cause) {
      return failed(cause)
    }
  }
}

const recordOf = (cause: unknown): { reported: boolean } | undefined =>
  typeof cause === 'object' && cause !== null ? THROWN_BY_STORES.get(cause) : undefined

/**
 * Whether a store threw this because its engine is away, slow or full: the same request may succeed
 * later. Everything else is a mistake, and must reach who can mend it.
 */
export const isOutage = (cause: unknown): boolean =>
  recordOf(cause) !== undefined && !isSetupError(cause)

/**
 * Emits `store-failed` for what a store threw. A mistake passes several places on its way to the
 * framework's error handler, and is reported at the first.
 */
export function reportStoreFailure(
  { onEvent, now }: Pick<Settings, 'onEvent' | 'now'>,
  cause: unknown,
): void {
  const record = recordOf(cause)
  if (record === undefined || record.reported) return
  record.reported = isSetupError(cause)
  onEvent({ type: 'store-failed', at: now(), cause })
}
