import { backoffDelay, dueAt, type Receipt } from '../../library/src/client/internal/clock.ts'
import type { Owner } from './owner.ts'
import { isGiven, NO_ANSWER, type Answer } from './stack.ts'
import { drawTrip, send } from './trip.ts'
import { MINUTE, SECOND } from './world.ts'

/** About as in our client, and a little slower: the longest that all tries of a renewal take; the pauses, a tenth of what a try may take. */
const LONGEST_RENEWAL = 6.5 * SECOND
const DELAYS = [250, 750]
/** What a server that is busy asks for, by `Retry-After`. */
const RETRY_AFTER = SECOND
/** The longest that a tab waits for one that renews for all. */
const LONGEST_WAIT = 10 * SECOND

interface Flight {
  attempts: string | null
  begunAt: number
  end: number
  tried: number
}

/** One page: it uses the session, renews it when that is due or when it is refused, and has one renewal at a time. */
export class Tab {
  readonly #owner: Owner
  #version = -1
  #receipt: Receipt = { at: Number.NEGATIVE_INFINITY, lifetime: 0 }
  #flight: Flight | null = null
  #failures = 0
  #quietUntil = 0
  #wantsUse = false
  #isWaiting = false
  closed = false

  constructor(owner: Owner) {
    this.#owner = owner
    this.#look()
  }

  get isRenewing(): boolean {
    return this.#flight !== null
  }

  /** One tab at a time is looked at; it alone renews by a timer. */
  schedule(): void {
    const { world, isSeen } = this.#owner
    if (!isSeen(this)) return
    const due = Math.max(this.#quietUntil, dueAt(this.#receipt))
    this.#later(due - world.time.now, () => {
      if (!isSeen(this) || this.#flight !== null || this.#quietUntil > world.time.now) return
      if (dueAt(this.#receipt) <= world.time.now) this.renew()
    })
  }

  /** A request of the page, and after it the next one. */
  goOn(): void {
    const { random, world } = this.#owner
    this.#later(random.wait(world.options.usesEvery * SECOND), () => {
      this.use()
      this.goOn()
    })
  }

  use(isRepeated = false): void {
    const owner = this.#owner
    const { world, browser, lives } = owner
    if (this.#flight !== null || dueAt(this.#receipt) <= world.time.now) {
      this.#wantsUse = true
      return this.renew()
    }
    const { cookies, sitting, madeAt, life } = browser.jar
    if (sitting === null) return
    const sentAs = browser.kept.version
    const trip = drawTrip(world, owner.random)
    const ask = async (server: number): Promise<Answer> => {
      const answer = await world.stack.use({ cookies, server })
      world.ledger.uses(sitting, answer.status, madeAt, life, world.time.now)
      return answer
    }
    send(world, trip, ask, ({ status }) => {
      if (this.closed || owner.lives !== lives || owner.isAsleep || status !== 401 || isRepeated)
        return
      // Others may have renewed meanwhile: then it is only sent again.
      if (browser.kept.version !== sentAs) return (this.#look(), this.use(true))
      this.#wantsUse = true
      this.renew()
    })
  }

  /** Reads again what the tabs know, keeps an attempt on the disk, and asks. */
  renew(): void {
    const owner = this.#owner
    const { world, browser, random } = owner
    const { now } = world.time
    if (
      this.#flight !== null ||
      this.#isWaiting ||
      this.closed ||
      !owner.isSignedIn ||
      this.#quietUntil > now
    )
      return
    if (owner.desk.isLocked) return this.#waitForLock()
    if (browser.kept.version > this.#version) {
      this.#look()
      if (dueAt(this.#receipt) > now) return this.#done()
    }
    owner.desk.lock(this)
    owner.renews()
    this.#flight = { ...browser.keepAttempt(), end: now + LONGEST_RENEWAL, tried: 0 }
    const flight = this.#flight
    this.#later(random.scale(2, 60), () => this.#try(flight))
  }

  #waitForLock(): void {
    this.#isWaiting = true
    const again = () => {
      if (!this.#isWaiting) return
      this.#isWaiting = false
      this.renew()
    }
    this.#owner.desk.waits(again)
    this.#later(LONGEST_WAIT, () => {
      if (this.#isWaiting) this.#owner.desk.forgetsLock()
      again()
    })
  }

  #try(flight: Flight): void {
    const owner = this.#owner
    const { world, browser, random } = owner
    const { now } = world.time
    // The page slept: the attempt is stale, and the cookie may be another tab's by now.
    if (now >= flight.end) return this.#fail(flight)
    const { jar } = browser
    const { sitting } = jar
    if (sitting === null) return this.#fail(flight)
    const { cookies } = jar
    const trip = drawTrip(world, random)
    let madeAt = now
    let isOpen = true
    const { lives } = owner
    const ask = async (server: number): Promise<Answer> => {
      const askedAt = (madeAt = world.time.now)
      if (owner.lives === lives) owner.reachesServer()
      const answer = await world.stack
        .refresh({ cookies, server }, flight.attempts)
        .catch(() => NO_ANSWER)
      world.ledger.ownerRefreshes(sitting, cookies, answer, askedAt, world.time.now)
      owner.refreshed(sitting)
      return answer
    }
    send(world, trip, ask, (answer) => {
      // The browser died, or the lid was closed and the connection with it.
      if (owner.lives !== lives || owner.isAsleep) return
      const isHeard = isOpen && !this.closed
      // Where the page gave up, nobody knows whether the browser keeps the cookies all the same.
      if (isHeard || (trip.kept && world.time.now < flight.end)) {
        browser.take(answer, sitting, madeAt, world.time.now)
        owner.isGivenTokens()
      }
      isOpen = false
      if (isHeard) this.#hears(flight, answer)
    })
    this.#later(Math.min(10 * (DELAYS[flight.tried] ?? Infinity), flight.end - now), () => {
      if (!isOpen) return
      isOpen = false
      this.#again(flight, 0)
    })
    if (trip.lost === 'answer') world.ledger.counts.happenings.lostAnswers++
    if (trip.again !== null) world.ledger.counts.happenings.doubled++
  }

  #hears(flight: Flight, answer: Answer): void {
    const { random, world, browser } = this.#owner
    if (isGiven(answer)) {
      // A page in the background may be slow to run.
      const slow =
        !this.#owner.isSeen(this) && random.chance(0.01)
          ? random.scale(SECOND, 5 * MINUTE)
          : random.scale(1, 30)
      return this.#later(slow, () => {
        browser.note(flight.begunAt, answer, world.time.now)
        this.#look(true)
        this.#failures = 0
        this.#land(flight)
      })
    }
    if (answer.ended) {
      this.#flight = null
      return this.#owner.isOut()
    }
    this.#again(flight, answer.status === 503 || answer.status === 429 ? RETRY_AFTER : 0)
  }

  #again(flight: Flight, asked: number): void {
    const { random, world } = this.#owner
    const delay = Math.max(asked, (DELAYS[flight.tried] ?? Infinity) * random.between(0.75, 1.25))
    if (world.time.now + delay > flight.end - SECOND) return this.#fail(flight)
    flight.tried++
    this.#later(delay, () => this.#try(flight))
  }

  #fail(flight: Flight): void {
    this.#owner.isCutOff()
    this.#quietUntil =
      this.#owner.world.time.now + backoffDelay(this.#failures++, 0, this.#owner.random.share())
    this.#land(flight)
  }

  #land(flight: Flight): void {
    if (this.#flight !== flight) return
    this.#flight = null
    this.#owner.desk.unlock(this)
    this.#done()
  }

  #done(): void {
    this.schedule()
    if (!this.#wantsUse) return
    this.#wantsUse = false
    if (this.#quietUntil <= this.#owner.world.time.now) this.use(true)
  }

  /** `own`: the answer came this moment, so that the wall clock need not be asked. */
  #look(own = false): void {
    const { browser, world } = this.#owner
    const { now } = world.time
    if (this.#version === browser.kept.version) return
    this.#version = browser.kept.version
    this.#receipt = own
      ? { at: now, lifetime: browser.kept.expiresIn * 1000 }
      : browser.receipt(now)
  }

  /** Unless the tab is closed, or the lid is, until then: what a page waits for waits with it. */
  #later(delay: number, run: () => void): void {
    this.#owner.later(delay, () => {
      if (!this.closed) run()
    })
  }
}
