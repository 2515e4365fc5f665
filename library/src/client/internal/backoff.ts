import { backoffDelay, now } from './clock.ts'
import type { Context } from './context.ts'
import { Unreachable } from './errors.ts'
import type { AfterLock } from './lock.ts'
import { emit, thisTab } from './session.ts'
import type { EventCause } from './state.ts'
import { broadcast } from './tab-messages.ts'

/**
 * A refresh failed. `retryAfter`: milliseconds that the server asked for, or 0. Informs the other
 * tabs while the lock is still held, because the next one would refresh as well.
 */
export function refreshFailed(context: Context, retryAfter: number): AfterLock<never> {
  const wait = backoffDelay(context.failures++, retryAfter, Math.random())
  broadcast(context, { type: 'unreachable', wait })
  return () => {
    backOff(context, wait, thisTab())
    throw new Unreachable(wait)
  }
}

/** Allows no automatic refresh for `wait` milliseconds. */
export function backOff(context: Context, wait: number, cause: EventCause): void {
  context.backoffUntil = now() + wait
  if (context.state.reachable) emit(context, 'unreachable', cause, { reachable: false })
}
