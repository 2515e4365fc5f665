import { backoffDelay, now } from './clock.ts'
import type { Context } from './context.ts'
import { Refused, Unreachable } from './errors.ts'
import type { AuthResponse } from './http.ts'
import type { AfterLock } from './lock.ts'
import { emit, thisTab } from './session.ts'
import type { EventCause } from './state.ts'
import { broadcast } from './tab-messages.ts'

/**
 * A refresh failed. Informs the other tabs while the lock is still held, because the next one would
 * refresh as well.
 */
export function refreshFailed(
  context: Context,
  { status, body: { error, message }, retryAfter, cause }: AuthResponse,
): AfterLock<never> {
  const wait = backoffDelay(context.failures++, retryAfter, Math.random())
  // A 4xx of the server itself, but not about its load (408, 425, 429).
  const failure =
    typeof error === 'string' && /^4(?!08|25|29)/.test(`${status}`)
      ? new Refused(status, error, message)
      : cause
  if (failure === cause) broadcast(context, { type: 'unreachable', wait, cause: String(cause) })
  return () => {
    backOff(context, wait, failure, thisTab())
    throw failureOf(context, wait)
  }
}

/** Allows no automatic refresh for `wait` milliseconds. `failure` is a Refused, or the cause. */
export function backOff(context: Context, wait: number, failure: unknown, cause: EventCause): void {
  context.backoffUntil = now() + wait
  context.failure = failure
  if (context.state.reachable && !(failure instanceof Refused))
    emit(context, 'unreachable', cause, { reachable: false })
}

/** The error of a renewal that failed, or that is not tried for another `wait` milliseconds. */
export const failureOf = (context: Context, wait: number): Error =>
  context.failure instanceof Refused ? context.failure : new Unreachable(wait, context.failure)
