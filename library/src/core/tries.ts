/** How tries with one counter are slowed down. All durations are in milliseconds. */
export interface TryRule {
  /** The number of the first try that causes a delay. */
  free: number
  /** The first delay. Each further try doubles it. */
  firstDelay: number
  maxDelay: number
  /** After this many tries there is no other until the counter is cleared or forgotten. */
  limit: number
  /** The counter is forgotten this long after the last try. */
  forgetAfter: number
}

/** A stored counter. All instants are milliseconds since 1970. */
export interface TryCounter {
  /** Tries that were taken and not given back. */
  tries: number
  blockedUntil: number
  /** Until then the counter belongs to a known place; 0 if it does not. */
  knownUntil: number
  /** The store may delete the counter from then on, and must treat it as absent. */
  expiresAt: number
}

/** The result of taking a try: the counter after it or, if it was refused, as it is. */
export interface TakenTry {
  taken: boolean
  tries: number
  blockedUntil: number
  knownUntil: number
}

/** Returns the counter after one more try; null if the counter is blocked. */
export function afterTry(
  counter: TryCounter | null,
  rule: TryRule,
  now: number,
): TryCounter | null {
  const current = isExpired(counter, now) ? null : counter
  if (current !== null && current.blockedUntil > now) return null
  const tries = (current?.tries ?? 0) + 1
  const knownUntil = current?.knownUntil ?? 0
  return {
    tries,
    blockedUntil: now + delayAfter(tries, rule),
    knownUntil,
    expiresAt: Math.max(now + rule.forgetAfter, knownUntil),
  }
}

/** Returns true if the counter is absent or forgotten. */
export const isExpired = (
  counter: TryCounter | null | undefined,
  now: number,
): counter is null | undefined =>
  counter === null || counter === undefined || counter.expiresAt <= now

/** Returns the milliseconds to wait after a number of tries in a row. */
export function delayAfter(
  tries: number,
  { free, firstDelay, maxDelay, limit, forgetAfter }: TryRule,
): number {
  if (tries >= limit) return forgetAfter
  return tries < free ? 0 : Math.min(firstDelay * 2 ** Math.min(tries - free, 40), maxDelay)
}

/** Returns the counter after tries were given back; see `Store.giveBackTries`. */
export const afterGivingBack = (
  counter: TryCounter,
  count: number,
  blockedUntil: number,
): TryCounter => ({
  ...counter,
  tries: Math.max(0, counter.tries - count),
  blockedUntil: counter.blockedUntil === blockedUntil ? 0 : counter.blockedUntil,
})

/** A counter without tries, of a known place. */
export const clearedCounter = (knownUntil: number): TryCounter => ({
  tries: 0,
  blockedUntil: 0,
  knownUntil,
  expiresAt: knownUntil,
})
