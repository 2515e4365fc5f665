import type { Random } from './random.ts'
import type { FaultState, Simulation } from './simulation.ts'
import { MINUTE, SECOND } from './units.ts'

/** Shortest outage before a failover: longer than any exchange takes. */
const MIN_FAILOVER_OUTAGE = 16 * SECOND
/** Longest time for which the replica has missed writes before the outage. */
const MAX_REPLICA_LAG = 45 * SECOND

/** Injects faults of the servers and of their database. */
export class FaultInjector implements FaultState {
  readonly #simulation: Simulation
  readonly #random: Random
  #pastDowntime = 0
  #downSince: number | null = null
  failoverInProgress = false

  constructor(simulation: Simulation, random: Random) {
    this.#simulation = simulation
    this.#random = random
    const { serverCrashes, outages } = simulation.options
    if (serverCrashes > 0) this.#repeat(serverCrashes, () => this.#crashServer())
    if (outages > 0) this.#repeat(outages, () => this.#startOutage())
  }

  get downtime(): number {
    const current = this.#downSince === null ? 0 : this.#simulation.scheduler.now - this.#downSince
    return this.#pastDowntime + current
  }

  #repeat(meanSeconds: number, inject: () => Promise<void>): void {
    this.#simulation.scheduler.after(this.#random.interval(meanSeconds * SECOND), async () => {
      if (!this.#simulation.running) return
      await inject()
      this.#repeat(meanSeconds, inject)
    })
  }

  async #crashServer(): Promise<void> {
    const { stack, scheduler, ledger } = this.#simulation
    const server = this.#random.integer(stack.servers)
    const afterOperations = this.#random.integer(6)
    if (!(await stack.injectFault({ type: 'server-crash', server, afterOperations }))) return
    ledger.counts.faults.serverCrashes++
    scheduler.after(this.#random.logBetween(0.5 * SECOND, 20 * SECOND), () =>
      stack.injectFault({ type: 'server-start', server }),
    )
  }

  async #startOutage(): Promise<void> {
    const { stack, scheduler, ledger, options } = this.#simulation
    const withFailover = this.#random.chance(options.failovers)
    if (this.failoverInProgress || this.#downSince !== null) return
    if (!withFailover) return this.#stopDatabase(this.#random.logBetween(SECOND, 2 * MINUTE), false)
    if (!(await stack.injectFault({ type: 'replica-lag' }))) return
    this.failoverInProgress = true
    ledger.startReplicaLag()
    scheduler.after(this.#random.logBetween(SECOND, MAX_REPLICA_LAG), () =>
      this.#stopDatabase(this.#random.logBetween(MIN_FAILOVER_OUTAGE, MINUTE), true),
    )
  }

  async #stopDatabase(duration: number, withFailover: boolean): Promise<void> {
    const { stack, scheduler, ledger } = this.#simulation
    if (this.#downSince !== null || !(await stack.injectFault({ type: 'database-down' }))) {
      this.failoverInProgress = false
      return
    }
    ledger.counts.faults.outages++
    this.#downSince = scheduler.now
    scheduler.after(duration, async () => {
      if (withFailover) await this.#failOver()
      await stack.injectFault({ type: 'database-up' })
      this.#pastDowntime += scheduler.now - this.#downSince!
      this.#downSince = null
    })
  }

  async #failOver(): Promise<void> {
    const { stack, scheduler, ledger } = this.#simulation
    await stack.injectFault({ type: 'failover' })
    ledger.counts.faults.failovers++
    ledger.recordFailover()
    scheduler.after(MINUTE, () => {
      this.failoverInProgress = false
    })
  }
}
