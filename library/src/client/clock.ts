/** When an access token came and for how long: milliseconds on this tab's monotonic clock, which nobody can set. */
export interface Receipt {
  at: number
  /** null where the server did not say, or nothing sensible: then only a 401 tells that the token has expired. */
  lifetime: number | null
}

/** A timer set for longer fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1
/** However short the tokens are, this many milliseconds lie between two renewals that nobody asked for. */
const FLOOR = 1000

/** `expires_in` (seconds) as milliseconds, or null where it is not a positive number. */
export function lifetimeOf(expiresIn: unknown): number | null {
  return typeof expiresIn === 'number' && expiresIn > 0 && Number.isFinite(expiresIn) ? expiresIn * 1000 : null
}

/** When to renew, on the same clock: min(30 s, a quarter of the lifetime) before the end. `early` doubles that. */
export function dueAt({ at, lifetime }: Receipt, early = false): number {
  if (lifetime === null) return Infinity
  return at + Math.max(FLOOR, lifetime - Math.min(30_000, lifetime / 4) * (early ? 2 : 1))
}

export const isExpired = ({ at, lifetime }: Receipt, now: number): boolean => lifetime !== null && now >= at + lifetime

/**
 * The receipt of a token that another tab received at `receivedAt` (milliseconds since 1970, by a clock that may have been
 * set since). An age that makes no sense counts as expired: that costs one refresh, and the next receipt is our own.
 */
export function receiptOf(receivedAt: number, expiresIn: unknown, wall: number, now: number): Receipt {
  const lifetime = lifetimeOf(expiresIn)
  const age = wall - receivedAt
  return { lifetime, at: lifetime === null || (age >= 0 && age < lifetime) ? now - age : now - Math.max(lifetime, FLOOR) }
}

/** The delay of a timer that is to fire at `at`. One that fires too early is set again. */
export const timerDelay = (at: number, now: number): number => Math.min(Math.max(0, at - now), LONGEST_TIMER)

/** Milliseconds to leave the server alone after so many failures in a row; `asked` (seconds) is its `Retry-After`. */
export function backoff(failures: number, asked: number, random: number): number {
  return Math.min(30_000, Math.max(asked * 1000, 500 * 2 ** failures * (1 + random)))
}

/** Like `pause(0)`, but at once in a hidden tab too. */
export function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.addEventListener('message', () => (port1.close(), resolve()))
    port1.start()
    port2.postMessage(null)
  })
}

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))
