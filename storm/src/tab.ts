import { backoffDelay, renewalTime, type Receipt } from './client-timing.ts'
import { drawDelivery, send } from './network.ts'
import { Renewal, type RenewalOwner, type RenewalTab } from './renewal.ts'
import type { StackResponse } from './sign-in-stack.ts'
import { SECOND } from './units.ts'

/** The longest time that a tab waits for another one that renews. */
const MAX_LOCK_WAIT = 10 * SECOND

/** What a tab needs of the owner of its browser. */
export interface TabOwner extends RenewalOwner {
  readonly window: TabWindow
  readonly isSignedIn: boolean
  /** Runs a callback after a delay, not while asleep, and never if the browser has ended. */
  after(delay: number, run: () => void): void
  isVisible(tab: Tab): boolean
  /** A renewal starts. */
  onRenewal(): void
  /** All tries of a renewal failed. */
  onRenewalFailed(): void
  onSessionEnded(): void
}

/** The lock that tabs of a window share. */
export interface TabWindow {
  readonly isLocked: boolean
  lock(tab: Tab): void
  unlock(tab: Tab): void
  waitForLock(resume: () => void): void
  breakLock(): void
}

/**
 * One page: uses the access token, and renews it when it is due or refused, one renewal at a time.
 */
export class Tab implements RenewalTab {
  readonly #owner: TabOwner
  isClosed = false
  /** The version of the browser's record that this tab has read. */
  #version = -1
  #receipt: Receipt = { at: Number.NEGATIVE_INFINITY, lifetime: 0 }
  #renewal: Renewal | null = null
  #failures = 0
  #backoffUntil = 0
  /** A request waits for the end of the renewal. */
  #hasPendingUse = false
  #isWaitingForLock = false

  constructor(owner: TabOwner) {
    this.#owner = owner
    this.#readRecord()
  }

  get isVisible(): boolean {
    return this.#owner.isVisible(this)
  }

  get #now(): number {
    return this.#owner.simulation.scheduler.now
  }

  get #isDue(): boolean {
    return renewalTime(this.#receipt) <= this.#now
  }

  after(delay: number, run: () => void): void {
    this.#owner.after(delay, () => {
      if (!this.isClosed) run()
    })
  }

  /** Only the visible tab renews by a timer. */
  scheduleRenewal(): void {
    if (!this.isVisible) return
    const due = Math.max(this.#backoffUntil, renewalTime(this.#receipt))
    this.after(due - this.#now, () => {
      const isPossible = this.#renewal === null && this.#backoffUntil <= this.#now
      if (this.isVisible && isPossible && this.#isDue) this.renew()
    })
  }

  /** Sends requests at random intervals. */
  scheduleUse(): void {
    const { random, simulation } = this.#owner
    this.after(random.interval(simulation.options.requestInterval * SECOND), () => {
      this.use()
      this.scheduleUse()
    })
  }

  /** Sends a request to the protected route, after a renewal if one is due. */
  use(isRetry = false): void {
    const { simulation, browser, browserRuns, random } = this.#owner
    if (this.#renewal !== null || this.#isDue) return this.#useAfterRenewal()
    const { cookies, login, issuedAt, lifetime } = browser.jar
    if (login === null) return
    const { version } = browser.record
    const request = async (server: number): Promise<StackResponse> => {
      const response = await simulation.stack.use({ cookies, server })
      simulation.ledger.recordUse(login, response.status, issuedAt, lifetime, this.#now)
      return response
    }
    send(simulation, drawDelivery(simulation, random), request, ({ status }) => {
      const isCutOff = this.#owner.browserRuns !== browserRuns || this.#owner.isAsleep
      if (this.isClosed || isCutOff || status !== 401 || isRetry) return
      this.#onUnauthorized(version)
    })
  }

  /** Sends the request again if another tab has renewed since it was sent; renews otherwise. */
  #onUnauthorized(version: number): void {
    if (this.#owner.browser.record.version === version) return this.#useAfterRenewal()
    this.#readRecord()
    this.use(true)
  }

  #useAfterRenewal(): void {
    this.#hasPendingUse = true
    this.renew()
  }

  renew(): void {
    const { browser, window } = this.#owner
    const isBusy = this.#renewal !== null || this.#isWaitingForLock
    if (isBusy || this.isClosed || !this.#owner.isSignedIn || this.#backoffUntil > this.#now) return
    if (window.isLocked) return this.#waitForLock()
    if (browser.record.version > this.#version) {
      this.#readRecord()
      if (!this.#isDue) return this.#continue()
    }
    window.lock(this)
    this.#owner.onRenewal()
    this.#renewal = new Renewal(this.#owner, this)
  }

  #waitForLock(): void {
    this.#isWaitingForLock = true
    const resume = () => {
      if (!this.#isWaitingForLock) return
      this.#isWaitingForLock = false
      this.renew()
    }
    this.#owner.window.waitForLock(resume)
    this.after(MAX_LOCK_WAIT, () => {
      if (this.#isWaitingForLock) this.#owner.window.breakLock()
      resume()
    })
  }

  onRenewed(renewal: Renewal): void {
    this.#readRecord({ justReceived: true })
    this.#failures = 0
    this.#finish(renewal)
  }

  onRenewalFailed(renewal: Renewal): void {
    this.#owner.onRenewalFailed()
    const delay = backoffDelay(this.#failures++, this.#owner.random.fraction())
    this.#backoffUntil = this.#now + delay
    this.#finish(renewal)
  }

  onSessionEnded(): void {
    this.#renewal = null
    this.#owner.onSessionEnded()
  }

  #finish(renewal: Renewal): void {
    if (this.#renewal !== renewal) return
    this.#renewal = null
    this.#owner.window.unlock(this)
    this.#continue()
  }

  /** Schedules the next renewal, and sends the request that waited for this one. */
  #continue(): void {
    this.scheduleRenewal()
    if (!this.#hasPendingUse) return
    this.#hasPendingUse = false
    if (this.#backoffUntil <= this.#now) this.use(true)
  }

  /** `justReceived`: the tokens arrived in this tab now. Their age is 0, whatever the clock says. */
  #readRecord({ justReceived = false } = {}): void {
    const { browser } = this.#owner
    if (this.#version === browser.record.version) return
    this.#version = browser.record.version
    this.#receipt = justReceived
      ? { at: this.#now, lifetime: browser.record.expiresIn * SECOND }
      : browser.receipt(this.#now)
  }
}
