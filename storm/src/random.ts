/** Chances from a seed: the same storm each time. Every browser has a source of its own, so that none depends on the order of others. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to 1: a Weyl sequence whose bits are mixed by two multiplications. */
  share(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    let bits = this.#state
    bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad)
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97)
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32
  }

  chance(probability: number): boolean {
    return this.share() < probability
  }

  between(least: number, most: number): number {
    return least + (most - least) * this.share()
  }

  /** As likely between 1 and 10 as between 10 and 100. */
  scale(least: number, most: number): number {
    return least * (most / least) ** this.share()
  }

  /** Waiting time for something that comes on average after `mean`. */
  wait(mean: number): number {
    return -mean * Math.log(1 - this.share())
  }

  below(count: number): number {
    return Math.floor(this.share() * count)
  }

  one<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }

  /** Another source, independent of this one. */
  fork(): Random {
    return new Random(Math.floor(this.share() * 2 ** 32))
  }
}
