import type { Attempts } from 'latchkey/client/refresh-attempts'
import { randomAttempt, type CookieJar } from './browser.ts'
import type { Login } from './login.ts'
import { drawReliableDelivery, send } from './network.ts'
import type { Random } from './random.ts'
import type { Simulation } from './simulation.ts'
import { isSuccess, type Cookies, type StackResponse } from './sign-in-stack.ts'
import { Theft } from './theft.ts'
import { SECOND } from './units.ts'

/** What a thief copies from an owner. */
export interface StolenSession {
  login: Login
  jar: CookieJar
  attempts: Attempts
  /** The clock of the owner's activity, in milliseconds. */
  readClock: () => number
}

/** Successful refreshes after which the thief stops. */
const MAX_REFRESHES = 30

/**
 * A thief with a copy of the cookies, perhaps of the whole profile. Refreshes before, between or
 * after the refreshes of the owner, with the copied token or the newest one. A shadow thief
 * refreshes within the grace after each refresh of the owner.
 */
export class Thief {
  readonly login: Login
  readonly #simulation: Simulation
  readonly #random: Random
  readonly #theft: Theft
  readonly #isShadow: boolean
  readonly #copiedCookies: Cookies
  readonly #copiedAttempts: Attempts | null
  #newestCookies: Cookies
  #refreshes = 0
  isDone = false

  constructor(simulation: Simulation, random: Random, stolen: StolenSession) {
    const { options, stack, ledger } = simulation
    const { login, jar, attempts, readClock } = stolen
    const kind = random.chance(options.profileThefts) ? 'profile' : 'token'
    this.#simulation = simulation
    this.#random = random
    this.login = login
    this.#copiedCookies = jar.cookies
    this.#newestCookies = jar.cookies
    this.#copiedAttempts = kind === 'profile' ? attempts : null
    this.#theft = new Theft(kind, stack.grace * SECOND, login.lastRefreshAt, readClock)
    this.#isShadow = random.chance(options.shadowThieves)
    ledger.recordTheft(login, this.#theft)
    if (!this.#isShadow) this.#refreshAfter(this.#firstDelay())
  }

  /** The owner has just refreshed. */
  onOwnerRefresh(): void {
    if (!this.#isShadow || this.isDone) return
    const grace = this.#simulation.stack.grace || 10
    this.#refreshAfter(this.#random.between(0.02, 0.9) * grace * SECOND)
  }

  stop(): void {
    this.isDone = true
  }

  get #lifetime(): number {
    return this.#simulation.stack.accessLifetime * SECOND
  }

  #firstDelay(): number {
    return this.#random.chance(0.5)
      ? this.#random.logBetween(SECOND, 2 * this.#lifetime)
      : this.#random.between(0, 2 * this.#lifetime)
  }

  #refreshAfter(delay: number): void {
    this.#simulation.scheduler.after(delay, () => {
      const usesNewest = this.#isShadow || this.#random.chance(0.8)
      this.#refresh(usesNewest ? this.#newestCookies : this.#copiedCookies)
    })
  }

  #refresh(cookies: Cookies): void {
    if (this.isDone) return
    const { scheduler, stack, ledger } = this.#simulation
    const { login } = this
    const attempts = this.#drawAttempts()
    const request = async (server: number): Promise<StackResponse> => {
      const requestedAt = scheduler.now
      this.#theft.requests++
      const response = await stack.refresh({ cookies, server }, attempts)
      const respondedAt = scheduler.now
      ledger.recordThiefRefresh({ login, cookies, response, requestedAt, respondedAt })
      return response
    }
    const delivery = drawReliableDelivery(this.#simulation, this.#random)
    send(this.#simulation, delivery, request, (response) => this.#receive(cookies, response))
  }

  #receive(cookies: Cookies, response: StackResponse): void {
    if (this.isDone) return
    if (isSuccess(response)) {
      const newCookies = Object.entries(response.set).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      )
      this.#newestCookies = { ...this.#newestCookies, ...Object.fromEntries(newCookies) }
      if (++this.#refreshes >= MAX_REFRESHES) this.stop()
      else if (!this.#isShadow)
        this.#refreshAfter(this.#random.between(0.15, 0.95) * this.#lifetime)
    } else if (!response.ended) {
      if (!this.#isShadow) this.#refreshAfter(this.#random.between(SECOND, 10 * SECOND))
    } else if (cookies !== this.#newestCookies) this.#refresh(this.#newestCookies)
    else this.stop()
  }

  /** The header of a refresh: attempts of the thief, copied ones, or none. */
  #drawAttempts(): string | null {
    const random = this.#random
    const own = randomAttempt(random)
    const { pending = null, previous = null } = this.#copiedAttempts ?? {}
    const copied = [pending, previous].filter((attempt) => attempt !== null)
    if (copied.length > 0 && random.chance(0.7)) {
      const attempt = random.pick(copied)
      return random.chance(0.5) ? attempt : `${own}, ${attempt}`
    }
    return random.chance(0.5) ? null : own
  }
}
