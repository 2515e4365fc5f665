import { ActivityClock } from './activity-clock.ts'
import { Browser } from './browser.ts'
import { Device } from './device.ts'
import { Login } from './login.ts'
import { probeAfterSignOut } from './probe-after-sign-out.ts'
import type { Random } from './random.ts'
import { SETTLE_TIME, signIn } from './sign-in.ts'
import { signOut, signOutLeftovers } from './sign-out.ts'
import type { Simulation } from './simulation.ts'
import type { StackResponse } from './sign-in-stack.ts'
import type { Tab, TabOwner } from './tab.ts'
import { Thief } from './thief.ts'
import { DAY, HOUR, MINUTE, SECOND } from './units.ts'
import { BrowserWindow } from './browser-window.ts'

/**
 * A user with one browser, who signs in, uses the session and signs out, while browser faults and
 * thefts happen.
 */
export class Owner implements TabOwner {
  readonly simulation: Simulation
  readonly random: Random
  readonly browser: Browser
  readonly window: BrowserWindow
  readonly #name: string
  readonly #device: Device
  readonly #activity: ActivityClock
  login: Login | null = null
  isSignedIn = false
  #signIns = 0
  #thief: Thief | null = null
  /** The version of the browser's record when an expiry was last counted. */
  #countedVersion = -1

  constructor(simulation: Simulation, random: Random, name: string) {
    this.simulation = simulation
    this.random = random
    this.#name = name
    this.#device = new Device(simulation.scheduler)
    this.#activity = new ActivityClock(simulation)
    this.window = new BrowserWindow(this, random.chance(simulation.options.locks))
    this.browser = new Browser(random, simulation.options)
    const { scheduler, stack } = simulation
    scheduler.after(random.between(0, stack.accessLifetime * SECOND), () => this.#signIn())
  }

  get isAsleep(): boolean {
    return this.#device.isAsleep
  }
  get browserRuns(): number {
    return this.#device.browserRuns
  }
  isVisible(tab: Tab): boolean {
    return !this.isAsleep && this.window.isInFront(tab)
  }
  after(delay: number, run: () => void): void {
    this.#device.after(delay, run)
  }

  /** Most faults happen during or shortly after a renewal: this is the worst moment. */
  onRenewal(): void {
    const { random, browser } = this
    const { options, ledger, running } = this.simulation
    if (this.#countedVersion !== browser.record.version) {
      this.#countedVersion = browser.record.version
      ledger.counts.expiries++
    }
    if (!running) return
    const soon = (max: number) => random.logBetween(2, max)
    if (random.chance(options.clockJumps)) this.after(soon(5 * MINUTE), () => this.#setClock())
    if (random.chance(options.closes)) this.after(soon(20 * SECOND), () => this.#replaceTab())
    if (random.chance(options.crashes)) this.after(soon(MINUTE), () => this.#crash())
    if (random.chance(options.sleeps)) this.after(soon(5 * MINUTE), () => this.#sleep())
    if (random.chance(options.signOuts)) this.after(soon(5 * SECOND), () => this.#signOut())
    if (random.chance(options.thefts)) this.after(soon(5 * MINUTE), () => this.#steal())
  }

  onRefresh(login: Login): void {
    if (this.#thief?.login === login) this.#thief.onOwnerRefresh()
  }

  onServerReached(): void {
    if (!this.isAsleep) this.#activity.start()
  }

  /** The owner is inactive when the access token expires, unless it is renewed. */
  onTokens(): void {
    const { scheduler } = this.simulation
    const { issuedAt, lifetime } = this.browser.jar
    scheduler.after(Math.max(0, issuedAt + lifetime * SECOND - scheduler.now), () => {
      if (this.browser.jar.issuedAt === issuedAt) this.#activity.stop()
    })
  }

  onRenewalFailed(): void {
    this.#activity.stop()
  }

  /** The server has ended the session: the user signs in again. */
  onSessionEnded(): void {
    if (!this.isSignedIn) return
    this.#leaveSession()
    this.#startAgain()
  }

  #signIn(): void {
    const identity = `${this.#name}.${++this.#signIns}`
    signIn(
      this.simulation,
      this.random,
      identity,
      (response, requestedAt) => this.#startSession(identity, response, requestedAt),
      () => this.#signIn(),
    )
  }

  #startSession(identity: string, response: StackResponse, issuedAt: number): void {
    const { scheduler, ledger } = this.simulation
    this.login = new Login(identity, ledger.refreshTokenIn(response.set), issuedAt)
    this.browser.startSession(response, this.login, issuedAt, scheduler.now)
    ledger.counts.signIns++
    this.isSignedIn = true
    this.#activity.start()
    this.onTokens()
    this.window.open()
  }

  #leaveSession(): void {
    this.#device.endBrowser()
    this.isSignedIn = false
    this.#activity.stop()
    this.window.close()
  }

  #signOut(): void {
    const { simulation, random, browser, login } = this
    if (!this.isSignedIn || login === null || browser.jar.login !== login) return
    const { jar } = browser
    login.signOutRequested = true
    this.#leaveSession()
    simulation.ledger.counts.signOuts++
    signOut(simulation, random, browser, login)
    probeAfterSignOut(simulation, random, login, jar)
    this.#startAgain()
  }

  /** Signs in again after a while, when late responses have arrived. */
  #startAgain(): void {
    const login = this.login!
    this.login = null
    const delay = SETTLE_TIME + this.random.logBetween(SECOND, 10 * MINUTE)
    this.simulation.scheduler.after(delay, () => this.#cleanUp(login))
  }

  #cleanUp(login: Login): void {
    const { simulation, random, browser } = this
    const isSignedOut = login.signedOutAt !== null
    // A crash may also bring back cookies from disk.
    if (isSignedOut && random.chance(0.2)) browser.crash(simulation.scheduler.now)
    const { cookies } = browser.jar
    const finish = () => {
      this.#closeLogin(login)
      if (simulation.running) this.#signIn()
    }
    const hasLeftovers = simulation.ledger.refreshTokenIn(cookies) !== ''
    if (isSignedOut && hasLeftovers) signOutLeftovers(simulation, random, cookies, finish)
    else finish()
  }

  /** Closes a login once its thief, if there is one, has had time to continue or to be found. */
  #closeLogin(login: Login): void {
    const { scheduler, stack, ledger } = this.simulation
    const thief = this.#thief
    const isStolen = thief?.login === login && !thief.isDone
    scheduler.after(isStolen ? stack.accessLifetime * SECOND : 0, () => {
      if (isStolen) thief.stop()
      ledger.close(login)
    })
  }

  #setClock(): void {
    this.browser.clockSkew = this.random.chance(0.3) ? 0 : this.random.between(-DAY, DAY)
    this.simulation.ledger.counts.faults.clockJumps++
  }

  #replaceTab(): void {
    if (this.isSignedIn) this.window.replaceTab()
  }

  /** The simulation assumes that no browser crashes while the database is losing writes. */
  #crash(): void {
    const { scheduler, faults, ledger } = this.simulation
    if (!this.isSignedIn || faults.failoverInProgress) return
    ledger.counts.faults.browserCrashes++
    this.#device.endBrowser()
    this.#activity.stop()
    this.window.close()
    this.browser.crash(scheduler.now)
    const { browserRuns } = this
    scheduler.after(this.random.logBetween(SECOND, HOUR), () => {
      if (this.browserRuns !== browserRuns) return
      this.#activity.start()
      this.window.open()
    })
  }

  #sleep(): void {
    if (!this.isSignedIn || this.isAsleep) return
    this.simulation.ledger.counts.faults.sleeps++
    this.#activity.stop()
    this.#device.sleep(this.random.logBetween(10 * SECOND, 12 * HOUR), (runPending) => {
      this.#activity.start()
      runPending()
      this.window.wake()
    })
  }

  #steal(): void {
    const { simulation, random, browser, login } = this
    const isUsable = this.isSignedIn && login !== null && browser.jar.login === login
    if (!isUsable || login.theft !== null || login.refused) return
    this.#thief = new Thief(simulation, random.fork(), {
      login,
      jar: browser.jar,
      attempts: browser.record.attempts,
      readClock: this.#activity.read,
    })
  }
}
