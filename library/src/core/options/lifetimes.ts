import { isPositiveNumber, type OptionShapes } from './validate.ts'

/** How long things live, in seconds. */
export interface LifetimeOptions {
  /** Life of an access token; 5 minutes. Up to 5 % is taken off at random, so that clients do not all come back at once. */
  accessLifetime?: number
  /** Life of a refresh token made without a store; 30 days. */
  refreshLifetime?: number
  /** A session that is not refreshed for so long ends; 30 days. */
  idleLifetime?: number
  /** A session ends so long after its sign-in; 90 days. */
  absoluteLifetime?: number
  /** A generation is handed out again for so long rather than rotated; 30 seconds. */
  grace?: number
}

/** The same in milliseconds. */
export type LifetimeSettings = Required<LifetimeOptions>

const DAY = 24 * 60 * 60
const DEFAULTS: LifetimeSettings = {
  accessLifetime: 300,
  refreshLifetime: 30 * DAY,
  idleLifetime: 30 * DAY,
  absoluteLifetime: 90 * DAY,
  grace: 30,
}

const SECONDS = [isPositiveNumber, 'a number of seconds above 0'] as const

export const LIFETIME_SHAPES: OptionShapes<LifetimeOptions> = {
  accessLifetime: SECONDS,
  refreshLifetime: SECONDS,
  idleLifetime: SECONDS,
  absoluteLifetime: SECONDS,
  grace: SECONDS,
}

export function readLifetimes(options: LifetimeOptions): LifetimeSettings {
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
  return lifetimes
}
