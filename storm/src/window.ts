import type { Owner } from './owner.ts'
import { Tab } from './tab.ts'
import { SECOND } from './world.ts'

/** The open tabs of a browser, the first of them in front; where it has locks, one tab renews for all. */
export class Desk {
  readonly #owner: Owner
  readonly #hasLocks: boolean
  #tabs: Tab[] = []
  #lock: Tab | null = null
  #waiting: Array<() => void> = []

  constructor(owner: Owner, hasLocks: boolean) {
    this.#owner = owner
    this.#hasLocks = hasLocks
  }

  get isLocked(): boolean {
    return this.#hasLocks && this.#lock !== null
  }

  isInFront(tab: Tab): boolean {
    return this.#tabs[0] === tab
  }

  lock(tab: Tab): void {
    this.#lock = tab
  }

  unlock(tab: Tab): void {
    if (this.#lock !== tab) return
    this.#lock = null
    const waiting = this.#waiting
    this.#waiting = []
    for (const each of waiting) each()
  }

  waits(again: () => void): void {
    this.#waiting.push(again)
  }

  /** Whoever has waited for too long goes without. */
  forgetsLock(): void {
    this.#lock = null
  }

  opens(): void {
    const { random, world } = this.#owner
    this.#tabs = Array.from(
      { length: 1 + random.below(world.options.tabs) },
      () => new Tab(this.#owner),
    )
    for (const tab of this.#tabs) {
      tab.schedule()
      this.#owner.later(random.scale(1, 3 * SECOND), () => tab.use())
      tab.goOn()
    }
  }

  /** The lid is open again. */
  isLookedAt(): void {
    for (const tab of this.#tabs) tab.use()
  }

  swaps(): void {
    const [closed] = this.#tabs.splice(this.#owner.random.below(this.#tabs.length), 1)
    closed!.closed = true
    const opened = new Tab(this.#owner)
    this.#tabs.push(opened)
    this.unlock(closed!)
    this.#tabs[0]!.schedule()
    opened.use()
    opened.goOn()
  }

  closes(): void {
    for (const tab of this.#tabs) tab.closed = true
    this.#tabs = []
    this.#lock = null
    this.#waiting = []
  }
}
