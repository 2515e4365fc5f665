import { Browser } from './browser.ts'
import { Desk } from './window.ts'
import { Presence } from './presence.ts'
import { probe } from './probe.ts'
import type { Random } from './random.ts'
import { Sitting } from './login.ts'
import { isGiven, type Answer } from './stack.ts'
import type { Tab } from './tab.ts'
import { Thief } from './thief.ts'
import { drawTrip, fairTrip, send } from './trip.ts'
import { HOUR, MINUTE, SECOND, type World } from './world.ts'

/** A request that was on its way has arrived after this, or never will. */
const SETTLED = 15 * SECOND

/** One person with one browser: signs in, works, sleeps, crashes, signs out. */
export class Owner {
  readonly world: World
  readonly random: Random
  readonly browser: Browser
  readonly #name: string
  readonly #presence: Presence
  readonly desk: Desk
  #signIns = 0
  sitting: Sitting | null = null
  #thief: Thief | null = null
  isSignedIn = false
  /** Counts the deaths of the browser: what an earlier life began never comes to an end. */
  lives = 0
  /** Work that waits for the lid to be opened; null while it is open. */
  #asleep: Array<() => void> | null = null
  #countedVersion = -1

  constructor(world: World, random: Random, name: string) {
    this.world = world
    this.random = random
    this.#name = name
    this.#presence = new Presence(world)
    this.desk = new Desk(this, random.chance(world.options.locks))
    this.browser = new Browser(random, world.options)
    world.time.after(random.between(0, world.stack.accessLifetime * SECOND), () => this.#signIn())
  }

  get isAsleep(): boolean {
    return this.#asleep !== null
  }

  isSeen = (tab: Tab): boolean => this.#asleep === null && this.desk.isInFront(tab)

  later(delay: number, run: () => void): void {
    const { lives } = this
    const goOn = (): void => {
      if (this.lives !== lives) return
      if (this.#asleep === null) run()
      else this.#asleep.push(goOn)
    }
    this.world.time.after(delay, goOn)
  }

  /** A tab begins a renewal: the moment at which most can go wrong, so the storm draws what does. */
  renews(): void {
    const { world, random, browser } = this
    const { counts } = world.ledger
    if (this.#countedVersion !== browser.kept.version) {
      this.#countedVersion = browser.kept.version
      counts.expiries++
    }
    if (!world.blowing) return
    const { crashes, sleeps, closes, signOuts, clockJumps, thefts } = world.options
    const soon = (most: number) => random.scale(2, most)
    if (random.chance(clockJumps)) this.later(soon(5 * MINUTE), () => this.#setClock())
    if (random.chance(closes))
      this.later(soon(20 * SECOND), () => this.isSignedIn && this.desk.swaps())
    if (random.chance(crashes)) this.later(soon(MINUTE), () => this.#crash())
    if (random.chance(sleeps)) this.later(soon(5 * MINUTE), () => this.#sleep())
    if (random.chance(signOuts)) this.later(soon(5 * SECOND), () => this.#signOut())
    if (random.chance(thefts)) this.later(soon(5 * MINUTE), () => this.#isRobbed())
  }

  /** A server has answered a refresh of this person: a thief who watches knows. */
  refreshed(sitting: Sitting): void {
    if (this.#thief?.sitting === sitting) this.#thief.sees()
  }

  #signIn(): void {
    const { world, browser, random } = this
    const identity = `${this.#name}.${++this.#signIns}`
    const trip = drawTrip(world, random)
    let madeAt = 0
    let isOpen = true
    const ask = (server: number): Promise<Answer> => {
      madeAt = world.time.now
      return world.stack.signIn(identity, server)
    }
    send(world, { ...trip, again: null }, ask, (answer) => {
      if (!isOpen || !isGiven(answer)) return
      isOpen = false
      const sitting = new Sitting(identity, world.ledger.tokenIn(answer.set), madeAt)
      browser.begin(answer, sitting, madeAt, world.time.now)
      world.ledger.counts.signIns++
      this.sitting = sitting
      this.isSignedIn = true
      this.#presence.comes()
      this.isGivenTokens()
      this.desk.opens()
    })
    world.time.after(SETTLED, () => {
      if (isOpen) this.#signIn()
      isOpen = false
    })
  }

  #setClock(): void {
    const DAY = 24 * HOUR
    this.browser.skew = this.random.chance(0.3) ? 0 : this.random.between(-DAY, DAY)
    this.world.ledger.counts.happenings.clockJumps++
  }

  #crash(): void {
    const { world, random, browser } = this
    // What is taken for granted: no browser crashes just when the engine has lost writes.
    if (!this.isSignedIn || world.weather.isFalling) return
    world.ledger.counts.happenings.browserCrashes++
    this.lives++
    this.#presence.goes()
    this.desk.closes()
    browser.crash(world.time.now)
    const { lives } = this
    world.time.after(random.scale(SECOND, HOUR), () => {
      if (this.lives !== lives) return
      this.#presence.comes()
      this.desk.opens()
    })
  }

  #sleep(): void {
    if (!this.isSignedIn || this.#asleep !== null) return
    this.world.ledger.counts.happenings.sleeps++
    this.#asleep = []
    this.#presence.goes()
    const { lives } = this
    this.world.time.after(this.random.scale(10 * SECOND, 12 * HOUR), () => {
      const due = this.#asleep ?? []
      this.#asleep = null
      if (this.lives !== lives) return
      this.#presence.comes()
      for (const each of due) each()
      this.desk.isLookedAt()
    })
  }

  /** A renewal has failed with all its tries: the person cannot go on before one reaches a server again. */
  isCutOff = (): void => this.#presence.goes()

  /** Nor does anybody go on with an access token that has expired. */
  isGivenTokens(): void {
    const { time } = this.world
    const { madeAt, life } = this.browser.jar
    time.after(Math.max(0, madeAt + life * SECOND - time.now), () => {
      if (this.browser.jar.madeAt === madeAt) this.#presence.goes()
    })
  }

  reachesServer(): void {
    if (this.#asleep === null) this.#presence.comes()
  }

  #isRobbed(): void {
    const { world, random, browser } = this
    const sitting = this.sitting
    if (
      !this.isSignedIn ||
      sitting === null ||
      sitting.theft !== null ||
      sitting.ended ||
      browser.jar.sitting !== sitting
    )
      return
    this.#thief = new Thief(world, random.fork(), {
      sitting,
      jar: browser.jar,
      attempts: browser.kept.attempts,
      clock: this.#presence.clock,
    })
  }

  /** The server says that it is over; the person signs in again. */
  isOut(): void {
    if (!this.isSignedIn) return
    this.#leaves()
    this.#startAgain()
  }

  #leaves(): void {
    this.lives++
    this.isSignedIn = false
    this.#presence.goes()
    this.desk.closes()
  }

  #startAgain(): void {
    const { world, random } = this
    const sitting = this.sitting!
    this.sitting = null
    world.time.after(SETTLED + random.scale(SECOND, 10 * MINUTE), () => this.#tidy(sitting))
  }

  /** What a late answer may have brought back is sent away; then somebody signs in anew. */
  #tidy(sitting: Sitting): void {
    const { world, random, browser } = this
    // After a crash the disk may bring the cookies back as well.
    if (sitting.over !== null && random.chance(0.2)) browser.crash(world.time.now)
    const { jar } = browser
    const next = () => {
      // The thief is given time to be found, or to go on.
      const thief = this.#thief
      const wait =
        thief?.sitting === sitting && !thief.isDone ? world.stack.accessLifetime * SECOND : 0
      world.time.after(wait, () => {
        if (wait > 0) thief!.stops()
        world.ledger.closes(sitting)
      })
      if (world.blowing) this.#signIn()
    }
    const held = world.ledger.tokenIn(jar.cookies) !== ''
    if (sitting.over === null || !held) return next()
    send(
      world,
      fairTrip(drawTrip(world, random)),
      (server) => world.stack.signOut({ cookies: jar.cookies, server }),
      next,
    )
  }

  #signOut(): void {
    const { world, random, browser } = this
    const sitting = this.sitting
    if (!this.isSignedIn || sitting === null || browser.jar.sitting !== sitting) return
    const { jar } = browser
    sitting.isLeft = true
    this.#leaves()
    world.ledger.counts.signOuts++
    const ask = (server: number): Promise<Answer> => this.#tellsServer(sitting, jar.cookies, server)
    const tell = (): void => {
      let isOpen = true
      send(world, drawTrip(world, random), ask, (answer) => {
        isOpen &&= !(isGiven(answer) || answer.status === 401)
        if (!isOpen) browser.take(answer, sitting, world.time.now, world.time.now)
      })
      world.time.after(5 * SECOND, () => {
        if (isOpen && sitting.over === null) tell()
      })
    }
    tell()
    probe(world, random, sitting, jar)
    this.#startAgain()
  }

  async #tellsServer(
    sitting: Sitting,
    cookies: Record<string, string>,
    server: number,
  ): Promise<Answer> {
    const answer = await this.world.stack.signOut({ cookies, server })
    if (isGiven(answer) || answer.status === 401) sitting.over ??= this.world.time.now
    return answer
  }
}
