import { Tab, type TabOwner } from './tab.ts'
import { SECOND } from './units.ts'

/**
 * The open tabs of a browser; the first one is in front. In a browser with Web Locks, one tab
 * renews for all.
 */
export class BrowserWindow {
  readonly #owner: TabOwner
  readonly #hasLocks: boolean
  #tabs: Tab[] = []
  #lockHolder: Tab | null = null
  #waiting: Array<() => void> = []

  constructor(owner: TabOwner, hasLocks: boolean) {
    this.#owner = owner
    this.#hasLocks = hasLocks
  }

  get isLocked(): boolean {
    return this.#hasLocks && this.#lockHolder !== null
  }

  isInFront(tab: Tab): boolean {
    return this.#tabs[0] === tab
  }

  lock(tab: Tab): void {
    this.#lockHolder = tab
  }

  unlock(tab: Tab): void {
    if (this.#lockHolder !== tab) return
    this.#lockHolder = null
    const waiting = this.#waiting
    this.#waiting = []
    for (const resume of waiting) resume()
  }

  waitForLock(resume: () => void): void {
    this.#waiting.push(resume)
  }

  /** A tab has waited too long for the lock, and renews without it. */
  breakLock(): void {
    this.#lockHolder = null
  }

  open(): void {
    const { random, simulation } = this.#owner
    const count = 1 + random.integer(simulation.options.tabs)
    this.#tabs = Array.from({ length: count }, () => new Tab(this.#owner))
    for (const tab of this.#tabs) {
      tab.scheduleRenewal()
      this.#owner.after(random.logBetween(1, 3 * SECOND), () => tab.use())
      tab.scheduleUse()
    }
  }

  /** The computer has woken up: all tabs send a request. */
  wake(): void {
    for (const tab of this.#tabs) tab.use()
  }

  /** Closes a tab and opens another. */
  replaceTab(): void {
    const index = this.#owner.random.integer(this.#tabs.length)
    const [closed] = this.#tabs.splice(index, 1)
    closed!.isClosed = true
    const opened = new Tab(this.#owner)
    this.#tabs.push(opened)
    this.unlock(closed!)
    this.#tabs[0]!.scheduleRenewal()
    opened.use()
    opened.scheduleUse()
  }

  close(): void {
    for (const tab of this.#tabs) tab.isClosed = true
    this.#tabs = []
    this.#lockHolder = null
    this.#waiting = []
  }
}
