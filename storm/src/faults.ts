import type { Random } from './random.ts'
import { MINUTE, SECOND, type World } from './world.ts'

/** Longer than an exchange takes: only then does another engine take over. */
const TAKEOVER = 16 * SECOND
/** How long before a takeover the replica stalled, at the most. */
const LONGEST_STALL = 45 * SECOND

/** What befalls the servers and their engine. */
export class Weather {
  readonly #world: World
  readonly #random: Random
  #away = 0
  #awaySince: number | null = null
  /** The engine is losing writes, or has just done so. */
  isFalling = false

  constructor(world: World, random: Random) {
    this.#world = world
    this.#random = random
    const { serverCrashes, outages } = world.options
    if (serverCrashes > 0) this.#next(serverCrashes, () => this.#crash())
    if (outages > 0) this.#next(outages, () => this.#outage())
  }

  /** Milliseconds in all that the engine was away. */
  get awayFor(): number {
    return this.#away + (this.#awaySince === null ? 0 : this.#world.time.now - this.#awaySince)
  }

  #next(mean: number, happen: () => Promise<void>): void {
    this.#world.time.after(this.#random.wait(mean * SECOND), async () => {
      if (!this.#world.blowing) return
      await happen()
      this.#next(mean, happen)
    })
  }

  async #crash(): Promise<void> {
    const { stack, time, ledger } = this.#world
    const server = this.#random.below(stack.servers)
    if (!(await stack.happen({ what: 'server dies', server, after: this.#random.below(6) }))) return
    ledger.counts.happenings.serverCrashes++
    time.after(this.#random.scale(0.5 * SECOND, 20 * SECOND), () =>
      stack.happen({ what: 'server starts', server }),
    )
  }

  async #outage(): Promise<void> {
    const { time, options } = this.#world
    const falls = this.#random.chance(options.falls)
    if (this.isFalling || this.#awaySince !== null) return
    if (!falls) return this.#goesAway(this.#random.scale(SECOND, 2 * MINUTE), false)
    if (!(await this.#world.stack.happen({ what: 'replica stalls' }))) return
    this.isFalling = true
    this.#world.ledger.replicaStalls()
    time.after(this.#random.scale(SECOND, LONGEST_STALL), () =>
      this.#goesAway(this.#random.scale(TAKEOVER, MINUTE), true),
    )
  }

  async #goesAway(duration: number, falls: boolean): Promise<void> {
    const { stack, time, ledger } = this.#world
    if (this.#awaySince !== null || !(await stack.happen({ what: 'engine goes away' }))) {
      this.isFalling = false
      return
    }
    ledger.counts.happenings.outages++
    this.#awaySince = time.now
    time.after(duration, async () => {
      if (falls) await this.#takesOver()
      await stack.happen({ what: 'engine comes back' })
      this.#away += time.now - this.#awaySince!
      this.#awaySince = null
    })
  }

  async #takesOver(): Promise<void> {
    const { stack, time, ledger } = this.#world
    await stack.happen({ what: 'replica takes over' })
    ledger.counts.happenings.falls++
    ledger.replicaTakesOver()
    time.after(MINUTE, () => {
      this.isFalling = false
    })
  }
}
