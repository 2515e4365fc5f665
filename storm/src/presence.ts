import type { World } from './world.ts'

/** How long somebody was there and went on, and the servers could be reached: only then can a theft be found. */
export class Presence {
  readonly #world: World
  #isAway = true
  #awakeFor = 0
  #awakeSince = 0

  constructor(world: World) {
    this.#world = world
  }

  clock = (): number =>
    this.#awakeFor +
    (this.#isAway ? 0 : this.#world.time.now - this.#awakeSince) -
    this.#world.weather.awayFor

  comes(): void {
    if (!this.#isAway) return
    this.#isAway = false
    this.#awakeSince = this.#world.time.now
  }

  goes(): void {
    if (this.#isAway) return
    this.#awakeFor += this.#world.time.now - this.#awakeSince
    this.#isAway = true
  }
}
