import type { Ledger } from './ledger.ts'
import type { StormOptions } from './options.ts'
import type { Stack } from './stack.ts'
import type { Time } from './time.ts'
import type { Weather } from './faults.ts'

/** What everybody in the storm shares. */
export interface World {
  options: StormOptions
  time: Time
  stack: Stack
  weather: Weather
  ledger: Ledger
  /** False when the storm calms down: nobody begins anything new. */
  blowing: boolean
}

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
