import type { Browser } from './browser.ts'
import { backoffDelay, renewalTime, type Receipt } from './client-timing.ts'
import type { Login } from './login.ts'
import { drawDelivery, send } from './network.ts'
import type { Random } from './random.ts'
import type { Simulation } from './simulation.ts'
import { isSuccess, NO_RESPONSE, type StackResponse } from './stack.ts'
import { MINUTE, SECOND } from './units.ts'

/**
 * A little slower than the client of Latchkey: the longest time of a renewal with all its tries.
 */
const MAX_RENEWAL_TIME = 6.5 * SECOND
/** Delays between the tries. A try may take ten times the delay after it. */
const RETRY_DELAYS = [250, 750]
/** What a busy server asks for in `Retry-After`. */
const RETRY_AFTER = SECOND
/** The longest time that a tab waits for another one that renews. */
const MAX_LOCK_WAIT = 10 * SECOND

/** What a tab needs of the owner of its browser. */
export interface TabOwner {
  readonly simulation: Simulation
  readonly random: Random
  readonly browser: Browser
  readonly window: TabWindow
  readonly isSignedIn: boolean
  readonly isAsleep: boolean
  /** Incremented whenever the browser ends: responses to earlier requests are then ignored. */
  readonly browserRuns: number
  /**
   * Runs a callback after a delay, not while the computer sleeps, and never if the browser has
   * ended.
   */
  after(delay: number, run: () => void): void
  isVisible(tab: Tab): boolean
  onRenewal(): void
  /** A refresh of this browser reached a server. */
  onServerReached(): void
  /** A server has processed a refresh of this login. */
  onRefresh(login: Login): void
  onTokens(): void
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

interface Renewal {
  /** The value of the header `Refresh-Attempt`. */
  header: string | null
  /** The generation when the renewal started. */
  startedAt: number
  deadline: number
  tries: number
}

/**
 * One page: uses the access token, and renews it when it is due or refused, one renewal at a time.
 */
export class Tab {
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

  get #now(): number {
    return this.#owner.simulation.scheduler.now
  }

  /** Only the visible tab renews by a timer. */
  scheduleRenewal(): void {
    if (!this.#owner.isVisible(this)) return
    const due = Math.max(this.#backoffUntil, renewalTime(this.#receipt))
    this.#after(due - this.#now, () => {
      const isPossible = this.#renewal === null && this.#backoffUntil <= this.#now
      if (!this.#owner.isVisible(this) || !isPossible) return
      if (renewalTime(this.#receipt) <= this.#now) this.renew()
    })
  }

  /** Sends a request after a while, and again after that. */
  scheduleUse(): void {
    const { random, simulation } = this.#owner
    this.#after(random.interval(simulation.options.requestInterval * SECOND), () => {
      this.use()
      this.scheduleUse()
    })
  }

  /** Sends a request to the protected route, after a renewal if one is due. */
  use(isRetry = false): void {
    const { simulation, browser, browserRuns, random } = this.#owner
    if (this.#renewal !== null || renewalTime(this.#receipt) <= this.#now) {
      this.#hasPendingUse = true
      return this.renew()
    }
    const { cookies, login, issuedAt, lifetime } = browser.jar
    if (login === null) return
    const { version } = browser.record
    const request = async (server: number): Promise<StackResponse> => {
      const response = await simulation.stack.use({ cookies, server })
      simulation.ledger.recordUse(login, response.status, issuedAt, lifetime, this.#now)
      return response
    }
    send(simulation, drawDelivery(simulation, random), request, ({ status }) => {
      if (this.isClosed || this.#isCutOff(browserRuns) || status !== 401 || isRetry) return
      this.#onUnauthorized(version)
    })
  }

  /** Sends the request again if another tab has renewed since then, and renews otherwise. */
  #onUnauthorized(version: number): void {
    if (this.#owner.browser.record.version !== version) {
      this.#readRecord()
      return this.use(true)
    }
    this.#hasPendingUse = true
    this.renew()
  }

  renew(): void {
    const { browser, window, random } = this.#owner
    const isBusy = this.#renewal !== null || this.#isWaitingForLock
    if (isBusy || this.isClosed || !this.#owner.isSignedIn || this.#backoffUntil > this.#now) return
    if (window.isLocked) return this.#waitForLock()
    if (browser.record.version > this.#version) {
      this.#readRecord()
      if (renewalTime(this.#receipt) > this.#now) return this.#onRenewed()
    }
    window.lock(this)
    this.#owner.onRenewal()
    const renewal: Renewal = {
      ...browser.startAttempt(),
      deadline: this.#now + MAX_RENEWAL_TIME,
      tries: 0,
    }
    this.#renewal = renewal
    this.#after(random.logBetween(2, 60), () => this.#try(renewal))
  }

  #waitForLock(): void {
    this.#isWaitingForLock = true
    const resume = () => {
      if (!this.#isWaitingForLock) return
      this.#isWaitingForLock = false
      this.renew()
    }
    this.#owner.window.waitForLock(resume)
    this.#after(MAX_LOCK_WAIT, () => {
      if (this.#isWaitingForLock) this.#owner.window.breakLock()
      resume()
    })
  }

  #try(renewal: Renewal): void {
    const { simulation, browser, random, browserRuns } = this.#owner
    const { cookies, login } = browser.jar
    // After a sleep the attempt is out of date, and the cookie may be another tab's.
    if (this.#now >= renewal.deadline || login === null) return this.#fail(renewal)
    const delivery = drawDelivery(simulation, random)
    let issuedAt = this.#now
    let isOpen = true
    const request = async (server: number): Promise<StackResponse> => {
      issuedAt = this.#now
      return this.#requestRefresh(renewal, login, cookies, server, browserRuns)
    }
    send(simulation, delivery, request, (response) => {
      if (this.#isCutOff(browserRuns)) return
      const isExpected = isOpen && !this.isClosed
      // If the page has given up, the browser may or may not store the cookies.
      if (isExpected || (delivery.storesLateCookies && this.#now < renewal.deadline)) {
        browser.storeCookies(response, login, issuedAt, this.#now)
        this.#owner.onTokens()
      }
      isOpen = false
      if (isExpected) this.#onResponse(renewal, response)
    })
    const timeout = 10 * (RETRY_DELAYS[renewal.tries] ?? Infinity)
    this.#after(Math.min(timeout, renewal.deadline - this.#now), () => {
      if (!isOpen) return
      isOpen = false
      this.#retry(renewal, 0)
    })
    const { faults } = simulation.ledger.counts
    if (delivery.lost === 'response') faults.lostResponses++
    if (delivery.duplicateAfter !== null) faults.duplicates++
  }

  async #requestRefresh(
    renewal: Renewal,
    login: Login,
    cookies: Record<string, string>,
    server: number,
    browserRuns: number,
  ): Promise<StackResponse> {
    const { simulation } = this.#owner
    const requestedAt = this.#now
    if (this.#owner.browserRuns === browserRuns) this.#owner.onServerReached()
    const response = await simulation.stack
      .refresh({ cookies, server }, renewal.header)
      .catch(() => NO_RESPONSE)
    const respondedAt = this.#now
    simulation.ledger.recordOwnerRefresh({ login, cookies, response, requestedAt, respondedAt })
    this.#owner.onRefresh(login)
    return response
  }

  /** The browser has ended, or the computer sleeps: the connection is closed. */
  #isCutOff(browserRuns: number): boolean {
    return this.#owner.browserRuns !== browserRuns || this.#owner.isAsleep
  }

  #onResponse(renewal: Renewal, response: StackResponse): void {
    if (isSuccess(response))
      return this.#after(this.#scriptDelay(), () => {
        this.#owner.browser.recordResponse(renewal.startedAt, response, this.#now)
        this.#readRecord({ justReceived: true })
        this.#failures = 0
        this.#finish(renewal)
      })
    if (response.ended) {
      this.#renewal = null
      return this.#owner.onSessionEnded()
    }
    const isBusy = response.status === 503 || response.status === 429
    return this.#retry(renewal, isBusy ? RETRY_AFTER : 0)
  }

  /** Browsers throttle the scripts of a tab in the background. */
  #scriptDelay(): number {
    const { random } = this.#owner
    return !this.#owner.isVisible(this) && random.chance(0.01)
      ? random.logBetween(SECOND, 5 * MINUTE)
      : random.logBetween(1, 30)
  }

  #retry(renewal: Renewal, minDelay: number): void {
    const { random } = this.#owner
    const retryDelay = (RETRY_DELAYS[renewal.tries] ?? Infinity) * random.between(0.75, 1.25)
    const delay = Math.max(minDelay, retryDelay)
    if (this.#now + delay > renewal.deadline - SECOND) return this.#fail(renewal)
    renewal.tries++
    this.#after(delay, () => this.#try(renewal))
  }

  #fail(renewal: Renewal): void {
    this.#owner.onRenewalFailed()
    const { random } = this.#owner
    this.#backoffUntil = this.#now + backoffDelay(this.#failures++, random.fraction())
    this.#finish(renewal)
  }

  #finish(renewal: Renewal): void {
    if (this.#renewal !== renewal) return
    this.#renewal = null
    this.#owner.window.unlock(this)
    this.#onRenewed()
  }

  #onRenewed(): void {
    this.scheduleRenewal()
    if (!this.#hasPendingUse) return
    this.#hasPendingUse = false
    if (this.#backoffUntil <= this.#now) this.use(true)
  }

  /**
   * `justReceived`: this tab received the tokens now, and need not ask the wall clock for their
   * age.
   */
  #readRecord({ justReceived = false } = {}): void {
    const { browser } = this.#owner
    if (this.#version === browser.record.version) return
    this.#version = browser.record.version
    this.#receipt = justReceived
      ? { at: this.#now, lifetime: browser.record.expiresIn * SECOND }
      : browser.receipt(this.#now)
  }

  #after(delay: number, run: () => void): void {
    this.#owner.after(delay, () => {
      if (!this.isClosed) run()
    })
  }
}
