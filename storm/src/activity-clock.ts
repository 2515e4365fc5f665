import type { Simulation } from './simulation.ts'

/**
 * Measures how long an owner has been active while the database was up. The delay until a theft is
 * found is measured on this clock: a theft can only be found while the owner is active.
 */
export class ActivityClock {
  readonly #simulation: Simulation
  #isActive = false
  #activeFor = 0
  #activeSince = 0

  constructor(simulation: Simulation) {
    this.#simulation = simulation
  }

  /** Milliseconds. */
  read = (): number => {
    const { scheduler, faults } = this.#simulation
    const current = this.#isActive ? scheduler.now - this.#activeSince : 0
    return this.#activeFor + current - faults.downtime
  }

  start(): void {
    if (this.#isActive) return
    this.#isActive = true
    this.#activeSince = this.#simulation.scheduler.now
  }

  stop(): void {
    if (!this.#isActive) return
    this.#activeFor += this.#simulation.scheduler.now - this.#activeSince
    this.#isActive = false
  }
}
