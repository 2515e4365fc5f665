import type { Browser } from './browser.ts'
import type { Login } from './login.ts'
import { drawDelivery, send } from './network.ts'
import type { Random } from './random.ts'
import type { Simulation } from './simulation.ts'
import { isSuccess, NO_RESPONSE, type Cookies, type StackResponse } from './sign-in-stack.ts'
import { MINUTE, SECOND } from './units.ts'

/** Longest time of a renewal with all its tries. A little longer than in the client of Latchkey. */
const MAX_RENEWAL_TIME = 6.5 * SECOND
/** Delays between the tries. A try may take ten times the delay after it. */
const RETRY_DELAYS = [250, 750]
/** What a busy server requests in `Retry-After`. */
const RETRY_AFTER = SECOND

/** What a renewal needs of the owner of its browser. */
export interface RenewalOwner {
  readonly simulation: Simulation
  readonly random: Random
  readonly browser: Browser
  readonly isAsleep: boolean
  /** Incremented whenever the browser ends: responses to earlier requests are then ignored. */
  readonly browserRuns: number
  /** A refresh of this browser reached a server. */
  onServerReached(): void
  /** A server has processed a refresh of this login. */
  onRefresh(login: Login): void
  onTokens(): void
}

/** What a renewal needs of its tab. */
export interface RenewalTab {
  readonly isClosed: boolean
  readonly isVisible: boolean
  /** Runs a callback after a delay, unless the tab is closed. */
  after(delay: number, run: () => void): void
  onRenewed(renewal: Renewal): void
  onRenewalFailed(renewal: Renewal): void
  /** The server has ended the session. */
  onSessionEnded(): void
}

/** One renewal of a tab: a refresh under one attempt, with up to three tries. */
export class Renewal {
  readonly #owner: RenewalOwner
  readonly #tab: RenewalTab
  /** The value of the header `Refresh-Attempt`. */
  readonly #header: string | null
  /** The generation when the renewal started. */
  readonly #startGeneration: number
  readonly #deadline: number
  #tries = 0

  constructor(owner: RenewalOwner, tab: RenewalTab) {
    const { header, startGeneration } = owner.browser.startAttempt()
    this.#owner = owner
    this.#tab = tab
    this.#header = header
    this.#startGeneration = startGeneration
    this.#deadline = this.#now + MAX_RENEWAL_TIME
    tab.after(owner.random.logBetween(2, 60), () => this.#try())
  }

  get #now(): number {
    return this.#owner.simulation.scheduler.now
  }

  #try(): void {
    const { simulation, browser, random, browserRuns } = this.#owner
    const { cookies, login } = browser.jar
    // After a sleep the attempt is out of date, and the cookie may be another tab's.
    if (this.#now >= this.#deadline || login === null) return this.#tab.onRenewalFailed(this)
    const delivery = drawDelivery(simulation, random)
    let issuedAt = this.#now
    let isOpen = true
    const request = async (server: number): Promise<StackResponse> => {
      issuedAt = this.#now
      return this.#request(login, cookies, server, browserRuns)
    }
    send(simulation, delivery, request, (response) => {
      // The browser has ended, or the computer sleeps: the connection is closed.
      if (this.#owner.browserRuns !== browserRuns || this.#owner.isAsleep) return
      const isExpected = isOpen && !this.#tab.isClosed
      // If the page has given up, the browser may or may not store the cookies.
      if (isExpected || (delivery.storesLateCookies && this.#now < this.#deadline)) {
        browser.storeCookies(response, login, issuedAt, this.#now)
        this.#owner.onTokens()
      }
      isOpen = false
      if (isExpected) this.#onResponse(response)
    })
    const timeout = 10 * (RETRY_DELAYS[this.#tries] ?? Infinity)
    this.#tab.after(Math.min(timeout, this.#deadline - this.#now), () => {
      if (!isOpen) return
      isOpen = false
      this.#retry(0)
    })
    const { faults } = simulation.ledger.counts
    if (delivery.lost === 'response') faults.lostResponses++
    if (delivery.duplicateAfter !== null) faults.duplicates++
  }

  async #request(
    login: Login,
    cookies: Cookies,
    server: number,
    browserRuns: number,
  ): Promise<StackResponse> {
    const { stack, ledger } = this.#owner.simulation
    const requestedAt = this.#now
    if (this.#owner.browserRuns === browserRuns) this.#owner.onServerReached()
    const response = await stack.refresh({ cookies, server }, this.#header).catch(() => NO_RESPONSE)
    const respondedAt = this.#now
    ledger.recordOwnerRefresh({ login, cookies, response, requestedAt, respondedAt })
    this.#owner.onRefresh(login)
    return response
  }

  #onResponse(response: StackResponse): void {
    if (isSuccess(response))
      return this.#tab.after(this.#drawScriptDelay(), () => {
        this.#owner.browser.recordResponse(this.#startGeneration, response, this.#now)
        this.#tab.onRenewed(this)
      })
    if (response.ended) return this.#tab.onSessionEnded()
    const isBusy = response.status === 503 || response.status === 429
    return this.#retry(isBusy ? RETRY_AFTER : 0)
  }

  /** Browsers throttle the scripts of a tab in the background. */
  #drawScriptDelay(): number {
    const { random } = this.#owner
    return !this.#tab.isVisible && random.chance(0.01)
      ? random.logBetween(SECOND, 5 * MINUTE)
      : random.logBetween(1, 30)
  }

  #retry(minDelay: number): void {
    const factor = this.#owner.random.between(0.75, 1.25)
    const delay = Math.max(minDelay, (RETRY_DELAYS[this.#tries] ?? Infinity) * factor)
    if (this.#now + delay > this.#deadline - SECOND) return this.#tab.onRenewalFailed(this)
    this.#tries++
    this.#tab.after(delay, () => this.#try())
  }
}
