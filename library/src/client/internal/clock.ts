/** When an access token came and for how long: milliseconds on this tab's monotonic clock, which nobody can set. */
export interface Receipt {
  at: number
  /** Infinity where the server did not say, or nothing sensible: then only a 401 tells that the token has expired. */
  lifetime: number
}

/** A timer set for longer fires at once. */
const LONGEST_TIMER = 2e9
/** However short the tokens are, this many milliseconds lie between two renewals that nobody asked for. */
const FLOOR = 1000

export const now = (): number => performance.now()

/** When to renew, on the same clock: min(30 s, a quarter of the lifetime) before the end; twice that for what cannot be sent again. */
export const dueAt = ({ at, lifetime }: Receipt, early = 1): number =>
  at + Math.max(FLOOR, lifetime - Math.min(30_000, lifetime / 4) * early)

/**
 * The receipt of a token that came at `receivedAt`, by a wall clock that may have been set since; or `just` now, whatever that says. An age
 * that makes no sense counts as expired: that costs one refresh, and the next receipt is our own.
 */
export function receiptOf(
  { receivedAt, expiresIn }: { receivedAt: number; expiresIn: unknown },
  just = false,
): Receipt {
  const age = just ? 0 : Date.now() - receivedAt
  const lifetime = (expiresIn as number) > 0 ? (expiresIn as number) * 1000 : Infinity
  return { at: age >= 0 && age < lifetime ? now() - age : -Infinity, lifetime }
}

/** The delay of a timer that is to fire at `at`. One that fires too early is set again. */
export const timerDelay = (at: number): number => Math.min(at - now(), LONGEST_TIMER)

/** Milliseconds to leave the server alone after so many failures in a row; it may have `asked` for some itself. */
export const backoffDelay = (failures: number, asked: number, random: number): number =>
  Math.min(30_000, Math.max(asked, 4000 * 2 ** failures * (1 + random)))

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))
