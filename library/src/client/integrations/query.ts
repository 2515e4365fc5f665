import type { Refused, Replaced, SignedOut, Unreachable } from '../internal/errors.ts'
import type { Client } from '../internal/types.ts'

export type { Client } from '../internal/types.ts'
export type { Refused, Replaced, SignedOut, Unreachable } from '../internal/errors.ts'

const NAMES = ['SignedOut', 'Replaced', 'Refused', 'Unreachable']
/** Ends the search in a cycle of causes. */
const MAX_DEPTH = 5

/** The client's error inside an error that a library wrapped around it; null if there is none. */
export function sessionError(error: unknown): SignedOut | Replaced | Refused | Unreachable | null {
  let inner = error as (Error & { networkError?: unknown }) | null | undefined
  for (let depth = 0; inner && depth < MAX_DEPTH; depth++) {
    if (NAMES.includes(inner.name)) return inner as SignedOut | Replaced | Refused | Unreachable
    inner = (inner.cause ?? inner.networkError) as typeof inner
  }
  return null
}

/**
 * For the option `retry` of a query library: up to three times, but only if another try may help.
 */
export function retry(failures: number, error: unknown): boolean {
  const name = sessionError(error)?.name
  return failures < 3 && (!name || name === 'Unreachable')
}

/**
 * Calls `clear` when cached data no longer belongs to the session: it ended or was replaced.
 * Returns a function that stops it.
 */
export function onEnd(client: Client, clear: () => unknown): () => void {
  return client.subscribe((_state, { type }) => {
    if (type === 'signed-out' || type === 'replaced') void clear()
  })
}
