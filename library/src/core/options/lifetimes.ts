import { isPositiveNumber, type OptionShapes } from './validate.ts'

/** Lifetimes, all in seconds. */
export interface LifetimeOptions {
  /**
   * The lifetime of an access token. The default is 5 minutes. Up to 5 % is subtracted at random,
   * to spread the refreshes of clients that started at the same time.
   */
  accessLifetime?: number
  /** The lifetime of a refresh token that is made without a store. The default is 30 days. */
  refreshLifetime?: number
  /** A session ends if it is not refreshed for this long. The default is 30 days. */
  idleLifetime?: number
  /** A session ends this long after its sign-in in any case. The default is 90 days. */
  absoluteLifetime?: number
  /**
   * How long after a refresh token was issued it is not rotated again, and the previous one is
   * still accepted. The default is 30 seconds.
   */
  grace?: number
  /**
   * Access tokens are accepted this long after `exp` and before `nbf`, for machines whose clocks
   * differ: 0 to 600. The default is 0. Ended sessions are refused nevertheless.
   */
  leeway?: number
}

/** The lifetimes in milliseconds. */
export type LifetimeSettings = Required<LifetimeOptions>

const DAY = 24 * 60 * 60
const DEFAULTS: LifetimeSettings = {
  accessLifetime: 300,
  refreshLifetime: 30 * DAY,
  idleLifetime: 30 * DAY,
  absoluteLifetime: 90 * DAY,
  grace: 30,
  leeway: 0,
}

const MAX_LEEWAY = 600

const SECONDS = [isPositiveNumber, 'a number of seconds above 0'] as const

export const LIFETIME_SHAPES: OptionShapes<LifetimeOptions> = {
  accessLifetime: SECONDS,
  refreshLifetime: SECONDS,
  idleLifetime: SECONDS,
  absoluteLifetime: SECONDS,
  grace: SECONDS,
  leeway: [
    (value) => value === 0 || (isPositiveNumber(value) && (value as number) <= MAX_LEEWAY),
    `a number of seconds from 0 to ${MAX_LEEWAY}`,
  ],
}

/** Reads the lifetimes. Throws a `TypeError` if they contradict each other. */
export function readLifetimes(
  options: LifetimeOptions & { store?: { readonly timeLimit?: number } },
): LifetimeSettings {
  const entries = Object.entries(DEFAULTS).map(([name, seconds]) => [
    name,
    (options[name as keyof LifetimeOptions] ?? seconds) * 1000,
  ])
  const lifetimes = Object.fromEntries(entries) as LifetimeSettings
  if (lifetimes.idleLifetime <= lifetimes.accessLifetime)
    throw new TypeError('option "idleLifetime" must be longer than "accessLifetime"')
  if (lifetimes.absoluteLifetime < lifetimes.idleLifetime)
    throw new TypeError('option "absoluteLifetime" must be at least "idleLifetime"')
  if (lifetimes.grace >= lifetimes.idleLifetime)
    throw new TypeError('option "grace" must be shorter than "idleLifetime"')
  const { timeLimit = 0 } = options.store ?? {}
  if (lifetimes.grace < timeLimit)
    throw new TypeError(
      `option "grace" (${lifetimes.grace / 1000} seconds) must be at least the time limit of the ` +
        `store (${timeLimit / 1000} seconds): a client whose request waits for the store asks ` +
        'again meanwhile. Use a longer grace, or a shorter "timeLimit" of the store',
    )
  return lifetimes
}
