import type { Revocation, Store } from '../core/store.ts'

/** Tells the processes' own listeners of each session that ends; what `Store.subscribe` is for a store within one process. */
export function announcer(): { announce(revocation: Revocation): void; subscribe: Store['subscribe'] } {
  const listeners = new Set<(revocation: Revocation) => void>()
  return {
    announce: (revocation) => listeners.forEach((listener) => listener(revocation)),
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
