import { sleptFor } from './process-sleep.ts'

/**
 * When a request arrived, by two clocks: the wall clock also runs while a machine is suspended, and
 * the monotonic one is never set back.
 */
export interface Arrival {
  /** Milliseconds since 1970. */
  at: number
  /** Milliseconds of `performance.now()`. */
  monotonic: number
}

/** `at` in milliseconds since 1970, if the request arrived before this call. */
export const arrivalNow = (now: number, at = now): Arrival => ({
  at,
  monotonic: performance.now() - Math.max(0, now - at),
})

/** Milliseconds. Also with a very short grace, a decision may take this long. */
const LEAST_PATIENCE = 5000

/**
 * Milliseconds after its arrival in which a request may be decided: a quarter of the grace. A
 * client waits for about as long, and asks again, perhaps at another process. What it then does
 * makes its first request look like theft, unless both are decided well within the grace.
 */
export const patience = (grace: number): number => Math.max(grace / 4, LEAST_PATIENCE)

/**
 * Whether a request is decided too late to end or to move its session: it waited for a store or a
 * callback, or in a process that slept.
 */
export function isLate({ at, monotonic }: Arrival, now: number, grace: number): boolean {
  const limit = patience(grace)
  return now - at > limit || performance.now() - monotonic > limit || sleptFor(limit)
}
