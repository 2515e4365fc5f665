import type { Client } from '../internal/types.ts'
import type { Replaced, SignedOut, Unreachable } from '../internal/errors.ts'

const NAMES = ['SignedOut', 'Replaced', 'Unreachable']
/** Libraries wrap errors, but not deeper. */
const DEEPEST = 5

/** The client's own error, however a library has wrapped it; null where it is another. */
export function sessionError(error: unknown): SignedOut | Replaced | Unreachable | null {
  let inner = error as (Error & { networkError?: unknown }) | null | undefined
  for (let depth = 0; inner && depth < DEEPEST; depth++) {
    if (NAMES.includes(inner.name)) return inner as SignedOut | Replaced | Unreachable
    inner = (inner.cause ?? inner.networkError) as typeof inner
  }
  return null
}

/** Three times, as is usual, but never under a session that is over: no repetition brings that back. */
export function retry(failures: number, error: unknown): boolean {
  const name = sessionError(error)?.name
  return failures < 3 && name !== 'SignedOut' && name !== 'Replaced'
}

/** Calls `forget` when what was fetched is nobody's any more: the session is over, or another took its place. Answers the way to stop. */
export function onEnd(client: Client, forget: () => unknown): () => void {
  return client.subscribe((_state, { type }) => {
    if (type === 'signed-out' || type === 'replaced') void forget()
  })
}
