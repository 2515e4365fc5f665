/**
 * Pseudo-random numbers from a seed: the same seed makes the same storm. Every browser has a
 * generator of its own, so that its numbers do not depend on the order of events elsewhere.
 */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 to 1, without 1. A Weyl sequence whose bits are mixed by two multiplications. */
  fraction(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    let bits = this.#state
    bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad)
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97)
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  /** Uniform distribution. */
  between(min: number, max: number): number {
    return min + (max - min) * this.fraction()
  }

  /** Log-uniform distribution: as likely between 1 and 10 as between 10 and 100. */
  logBetween(min: number, max: number): number {
    return min * (max / min) ** this.fraction()
  }

  /** Exponential distribution: the wait for an event with this mean interval. */
  interval(mean: number): number {
    return -mean * Math.log(1 - this.fraction())
  }

  /** An integer from 0 to `count - 1`. */
  integer(count: number): number {
    return Math.floor(this.fraction() * count)
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(items.length)]!
  }

  /** Another, independent generator. */
  fork(): Random {
    return new Random(Math.floor(this.fraction() * 2 ** 32))
  }
}
