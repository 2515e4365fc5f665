/**
 * When an access token was received and how long it lives: milliseconds of this tab's monotonic
 * clock.
 */
export interface Receipt {
  at: number
  /**
   * Infinity if the server stated no usable lifetime: then only a 401 shows that the token has
   * expired.
   */
  lifetime: number
}

/** Milliseconds. `setTimeout` treats a delay of 2^31 and more as 0. */
const MAX_DELAY = 2e9
/**
 * The least time between two automatic renewals, in milliseconds, however short the lifetime is.
 */
const MIN_INTERVAL = 1000
/** Milliseconds. */
const MAX_BACKOFF = 30_000

/** The wall clock minus the monotonic one, and how long the machine has slept: milliseconds. */
let difference = 0
let slept = 0

/**
 * Milliseconds of a clock that does not follow changes of the wall clock, but goes on while the
 * machine sleeps, when `performance.now()` may stand still. A wall clock that is set forward looks
 * like sleep: that costs one refresh.
 */
export function now(): number {
  const monotonic = performance.now()
  const jump = Date.now() - monotonic - difference
  if (Math.abs(jump) > MIN_INTERVAL) {
    slept += difference && Math.max(0, jump)
    difference += jump
  }
  return monotonic + slept
}

/**
 * When to renew, on the same clock: min(30 s, a quarter of the lifetime) before the end.
 * `marginFactor` is 2 for a body that cannot be sent again, and 0 for the end itself.
 */
export const dueAt = ({ at, lifetime }: Receipt, marginFactor = 1): number =>
  at + Math.max(MIN_INTERVAL, lifetime - Math.min(30_000, lifetime / 4) * marginFactor)

/**
 * The receipt of a token that was received at `receivedAt` by the wall clock, which may have been
 * changed since. An age below zero or above the lifetime counts as expired: that costs one refresh.
 * `justReceived`: the age is 0, whatever the wall clock says.
 */
export function receiptOf(
  { receivedAt, expiresIn }: { receivedAt: number; expiresIn: unknown },
  justReceived = false,
): Receipt {
  const age = justReceived ? 0 : Date.now() - receivedAt
  const lifetime = (expiresIn as number) > 0 ? (expiresIn as number) * 1000 : Infinity
  return { at: age >= 0 && age < lifetime ? now() - age : -Infinity, lifetime }
}

/**
 * The delay of a timer that should fire at `at`. The caller must set it again if it fires early.
 */
export const timerDelay = (at: number): number => Math.max(0, Math.min(at - now(), MAX_DELAY))

/**
 * Milliseconds to wait after this many failed refreshes in a row: at least `retryAfter`, at most 30
 * s. `random` is between 0 and 1.
 */
export const backoffDelay = (failures: number, retryAfter: number, random: number): number =>
  Math.min(MAX_BACKOFF, Math.max(retryAfter, 4000 * 2 ** failures * (1 + random)))

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))
