import type { Attempts } from '../../library/src/client/internal/attempts.ts'
import { newAttempt, type Jar } from './browser.ts'
import type { Random } from './random.ts'
import type { Sitting } from './login.ts'
import { isGiven, type Answer, type Cookies } from './stack.ts'
import { Theft } from './theft.ts'
import { drawTrip, fairTrip, send } from './trip.ts'
import { SECOND, type World } from './world.ts'

export interface Robbed {
  sitting: Sitting
  jar: Jar
  attempts: Attempts
  /** The owner's time that counts. */
  clock: () => number
}

/** After so many requests he has what he came for. */
const ENOUGH = 30

/**
 * Somebody with a copy of the cookies, perhaps of the whole profile. He comes at any moment, before, between or after the owner, and goes
 * on like one, with the copied token or the newest that he got; or, as a shadow, within the grace after each of the owner's refreshes.
 */
export class Thief {
  readonly sitting: Sitting
  readonly #world: World
  readonly #random: Random
  readonly #theft: Theft
  readonly #isShadow: boolean
  readonly #copied: Jar
  readonly #attempts: Attempts | null
  #newest: Cookies
  #asked = 0
  isDone = false

  constructor(world: World, random: Random, { sitting, jar, attempts, clock }: Robbed) {
    const { options, stack, ledger } = world
    const isProfile = random.chance(options.profiles)
    this.#world = world
    this.#random = random
    this.sitting = sitting
    this.#copied = jar
    this.#newest = jar.cookies
    this.#attempts = isProfile ? attempts : null
    this.#theft = new Theft(
      isProfile ? 'profile' : 'token',
      stack.grace * SECOND,
      sitting.askedAt,
      clock,
    )
    this.#isShadow = random.chance(options.shadows)
    ledger.plants(sitting, this.#theft)
    const lifetime = stack.accessLifetime * SECOND
    if (!this.#isShadow)
      this.#asksAfter(
        random.chance(0.5) ? random.scale(SECOND, 2 * lifetime) : random.between(0, 2 * lifetime),
      )
  }

  /** The owner has been given tokens this moment. */
  sees(): void {
    if (this.#isShadow && !this.isDone)
      this.#asksAfter(this.#random.between(0.02, 0.9) * (this.#world.stack.grace || 10) * SECOND)
  }

  stops(): void {
    this.isDone = true
  }

  #asksAfter(delay: number): void {
    this.#world.time.after(delay, () =>
      this.#asks(this.#isShadow || this.#random.chance(0.8) ? this.#newest : this.#copied.cookies),
    )
  }

  #asks(cookies: Cookies): void {
    if (this.isDone) return
    const { time, stack, ledger } = this.#world
    const attempts = this.#attemptsToShow()
    const ask = async (server: number): Promise<Answer> => {
      const askedAt = time.now
      this.#theft.asked++
      const answer = await stack.refresh({ cookies, server }, attempts)
      ledger.thiefRefreshes(this.sitting, cookies, answer, askedAt, time.now)
      return answer
    }
    send(this.#world, fairTrip(drawTrip(this.#world, this.#random)), ask, (answer) =>
      this.#hears(cookies, answer),
    )
  }

  #hears(cookies: Cookies, answer: Answer): void {
    if (this.isDone) return
    const lifetime = this.#world.stack.accessLifetime * SECOND
    if (isGiven(answer)) {
      const given = Object.entries(answer.set).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      )
      this.#newest = { ...this.#newest, ...Object.fromEntries(given) }
      if (++this.#asked >= ENOUGH) this.stops()
      else if (!this.#isShadow) this.#asksAfter(this.#random.between(0.15, 0.95) * lifetime)
    } else if (!answer.ended) {
      if (!this.#isShadow) this.#asksAfter(this.#random.between(SECOND, 10 * SECOND))
    } else if (cookies !== this.#newest) this.#asks(this.#newest)
    else this.stops()
  }

  /** Attempts of his own, copied ones, or none. */
  #attemptsToShow(): string | null {
    const random = this.#random
    const own = newAttempt(random)
    const { pending = null, previous = null } = this.#attempts ?? {}
    const copied = [pending, previous].filter((attempt) => attempt !== null)
    if (copied.length > 0 && random.chance(0.7)) {
      const shown = random.one(copied)
      return random.chance(0.5) ? shown : `${own}, ${shown}`
    }
    return random.chance(0.5) ? null : own
  }
}
