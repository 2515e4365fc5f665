import { backoff, dueAt, nextTask, timerDelay } from './clock.ts'
import type { Core } from './core.ts'
import { Replaced, SignedOut, Unreachable } from './errors.ts'
import { eraseMarker } from './marker.ts'
import { renewSession } from './renew.ts'
import type { Outcome } from './renew.ts'
import type { Held } from './session.ts'
import type { By, ClientEvent, Why } from './state.ts'
import type { Tabs } from './tabs.ts'
import { unless } from './unless.ts'

/** The one renewal of this tab that is under way, when the next may be, and the timer that asks for it. */
export class Flight {
  readonly #core: Core
  readonly #tabs: Tabs
  #flight: Promise<void> | null = null
  #failures = 0
  /** Until then the server is left alone. Milliseconds on this tab's clock. */
  #quietUntil = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #stopped = false

  constructor(core: Core, tabs: Tabs) {
    this.#core = core
    this.#tabs = tabs
    core.subject.subscribe((_state, event) => this.#onEvent(event))
  }

  /** Rejects with SignedOut, Replaced or Unreachable. However many ask, one is under way. */
  renew(why: Why): Promise<void> {
    if (this.#flight) return this.#flight
    const flight = this.#run(why).finally(() => {
      this.#flight = null
      this.schedule()
    })
    // Those who wait hear of a failure; with nobody waiting it is nobody's.
    flight.catch(() => {})
    return (this.#flight = flight)
  }

  async #run(why: Why): Promise<void> {
    const { held } = this.#core.holder
    const { status, reason } = this.#core.subject.state
    if (!held) throw status === 'unknown' ? new Unreachable(0) : new SignedOut(reason ?? 'token_missing')
    const renewal = this.#underLock(held, why).then((outcome) => this.#conclude(outcome, held, why))
    // What comes after the session's end is still concluded, but nobody waits for it.
    await unless(held.over.signal, renewal)
  }

  #underLock(held: Held, why: Why): Promise<Outcome> {
    const { settings, record, server, locked } = this.#core
    return new Promise((resolve, reject) => {
      const work = async (): Promise<void> => {
        const wait = why === 'asked' ? 0 : this.#quietUntil - performance.now()
        if (wait > 0) throw new Unreachable(wait / 1000)
        resolve(await renewSession(held, settings, record, server))
        // The requests that waited leave with the cookies of now, before another tab can sign in as somebody else.
        await nextTask()
      }
      locked(work).catch(reject)
    })
  }

  async #conclude(outcome: Outcome, held: Held, why: Why): Promise<void> {
    const core = this.#core
    switch (outcome.did) {
      case 'renewed':
        // Not the cookie: what came with the answer is surer, and the cookie may lag.
        core.holder.take(outcome.kept, undefined, true, 'this tab', why)
        this.#tabs.tell({ about: 'record' })
        return this.calm()
      case 'adopted':
        core.holder.take(outcome.kept, undefined, false, 'another tab', why)
        return this.calm()
      case 'ended':
        this.#tabs.tell({ about: 'end', sessionId: held.sessionId, reason: outcome.code })
        if (core.settings.marked) eraseMarker()
        core.holder.end(held.sessionId, outcome.code, 'this tab', why)
        throw new SignedOut(outcome.code)
      case 'changed':
        return this.#concludeChanged(outcome.landed, held)
      case 'failed': {
        const wait = backoff(this.#failures++, outcome.retryAfter, Math.random())
        this.#tabs.tell({ about: 'server', wait })
        this.unreachable(wait, 'this tab')
        throw new Unreachable(wait / 1000)
      }
    }
  }

  async #concludeChanged(landed: boolean, { over }: Held): Promise<void> {
    const { settings, look, signOutAgain } = this.#core
    await look('another tab')
    // A late answer has brought back the cookies of a session that is over. Where one can be read, `look` has seen it.
    if (landed && settings.mode === 'cookie' && !settings.marked) void signOutAgain()
    throw over.signal.aborted ? over.signal.reason : new Replaced()
  }

  /** The sign-in server is left alone for so many milliseconds. */
  unreachable(wait: number, by: By): void {
    this.#quietUntil = performance.now() + wait
    if (this.#core.subject.state.reachable) this.#core.subject.set({ reachable: false }, { type: 'unreachable', by })
    this.schedule()
  }

  /** Things look better, or somebody is looking: the next renewal need not wait. */
  calm(): void {
    this.#failures = 0
    this.#quietUntil = 0
    this.schedule()
  }

  #onEvent({ type }: ClientEvent): void {
    if (type === 'signed-in' || type === 'renewed' || type === 'replaced') this.calm()
    else this.schedule()
  }

  /** One timer, in a visible tab only: shortly before the token expires, or for the next try. */
  schedule(): void {
    clearTimeout(this.#timer)
    const { holder, subject } = this.#core
    if (this.#stopped || this.#flight || !holder.held || isHidden()) return
    const at = Math.max(this.#quietUntil, subject.state.reachable ? dueAt(holder.held.receipt) : 0)
    if (at === Infinity) return
    const fire = (): void => void (at <= performance.now() ? this.renew('timer') : this.schedule())
    this.#timer = setTimeout(fire, timerDelay(at, performance.now()))
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }
}

const isHidden = (): boolean => (globalThis as Partial<typeof globalThis>).document?.visibilityState === 'hidden'
