import type { Ledger } from './ledger.ts'
import type { StormOptions } from './options.ts'
import type { Scheduler } from './scheduler.ts'
import type { Stack } from './sign-in-stack.ts'

/** What all parts of the simulation share. */
export interface Simulation {
  options: StormOptions
  scheduler: Scheduler
  stack: Stack
  faults: FaultState
  ledger: Ledger
  /** False at the end of the storm, when nothing new starts. */
  running: boolean
}

/** The state of the database. */
export interface FaultState {
  /** Milliseconds for which the database has been down, in total. */
  readonly downtime: number
  /** The database is losing writes in a failover, or has just done so. */
  readonly failoverInProgress: boolean
}
