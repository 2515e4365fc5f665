import { MAX_CLOCK_SKEW } from '../access-token.ts'
import type { Refusal } from '../errors.ts'
import type { Settings } from '../options.ts'
import type { Awaitable, Revocation, Store } from '../store.ts'
import { EndedSessions } from './ended-sessions.ts'
import { createLagMeter, type LagSummary } from './revocation-lag.ts'

/**
 * Milliseconds between two polls: while the store pushes notifications, and while it does not. A
 * poll runs in the background of the request that finds it due. After twice this time, requests
 * wait for the poll: without notifications an end is obeyed within a second.
 */
const POLL_INTERVAL = { pushed: 5000, polled: 500 }
/** After so many milliseconds without a successful poll, every check reads the session's row. */
const STALE_AFTER = 10_000
/** A poll looks back this many milliseconds further: a commit may become visible late. */
const OVERLAP = 5000

/**
 * What a process knows about ended sessions, and how current that is. Durations are in
 * milliseconds.
 */
export interface RevocationMetrics {
  /**
   * From the end of a session until this process learned of it, by the clocks of both machines;
   * null before the first.
   */
  lag: LagSummary | null
  /** Since the last successful poll; null if there was none. */
  age: number | null
  /**
   * True: that knowledge is out of date although this process tried to poll, so checks read the
   * store, and fail if the store does. An idle process polls nothing, and is not stale.
   */
  stale: boolean
  /** True: the store pushes notifications. False: it is polled twice a second. */
  pushed: boolean
  /** Sessions remembered as ended. */
  remembered: number
  /** Checks that had to read the session from the store. */
  storeReads: number
}

/**
 * Remembers the sessions that ended within the lifetime of an access token, so that tokens can be
 * checked without the store. The store pushes notifications if it can, and is polled in any case.
 */
export class Revocations {
  readonly #settings: Settings
  readonly #store: Store
  readonly #inBackground: <T>(run: () => Promise<T>) => Promise<T | Refusal>
  readonly #unsubscribe: () => void
  readonly #lag = createLagMeter()
  readonly #listeners: Array<(sessionId: string) => void> = []
  /** How long an end is remembered. */
  readonly #retention: number
  readonly #ended: EndedSessions
  /** When the last successful poll began. */
  #polledAt = Number.NEGATIVE_INFINITY
  /** When the last poll began. */
  #triedAt = Number.NEGATIVE_INFINITY
  #polling: Promise<unknown> | null = null
  #pollAgain = false
  #pollFailed = false
  #pushed = false
  #closed = false
  #storeReads = 0
  /**
   * Until then every check reads the store: tokens of a clock that is far ahead are in use, and
   * look younger than they are once that time has come.
   */
  #clockAheadUntil = Number.NEGATIVE_INFINITY

  constructor(
    settings: Settings,
    store: Store,
    inBackground: <T>(run: () => Promise<T>) => Promise<T | Refusal>,
  ) {
    this.#settings = settings
    this.#store = store
    this.#inBackground = inBackground
    this.#retention = settings.accessLifetime + settings.leeway + MAX_CLOCK_SKEW + OVERLAP
    this.#ended = new EndedSessions(this.#retention)
    this.#unsubscribe = store.subscribe({
      ended: (revocation) => this.#learn(revocation, settings.now(), { measured: true }),
      connected: () => this.#setPushed(true),
      disconnected: () => this.#setPushed(false),
    })
  }

  /**
   * Whether a session has ended, for a token that was issued at `issuedAt` (milliseconds, as
   * `now`). Returns a boolean while the knowledge is current. Rejects if the store must be read and
   * fails.
   */
  isEnded(sessionId: string, issuedAt: number, now: number): Awaitable<boolean> {
    if (this.#ended.has(sessionId)) return true
    const wasIdle =
      !this.#pollFailed && this.#ageAt(now) >= 2 * this.#interval() && !this.#isStale(now)
    this.#pollIfDue(now)
    // No request came for a while. This one waits for the poll that it has started.
    if (wasIdle && this.#polling !== null)
      return this.#polling.then(() => this.isEnded(sessionId, issuedAt, this.#settings.now()))
    if (issuedAt - now > MAX_CLOCK_SKEW)
      this.#clockAheadUntil = Math.max(this.#clockAheadUntil, issuedAt + this.#retention)
    // The end of the session of an older token may have been forgotten here already: a process with
    // longer lifetimes issued it. A token without a valid time of issue counts as older.
    const isRemembered = now - issuedAt <= this.#retention && now >= this.#clockAheadUntil
    return this.#isStale(now) || !isRemembered ? this.#readEnded(sessionId) : false
  }

  /** Calls `listener` once for each session, when this process learns of its end. */
  listen(listener: (sessionId: string) => void): void {
    this.#listeners.push(listener)
  }

  /** Polls the store if a poll is due. For a process with open connections but no requests. */
  refresh(): void {
    this.#pollIfDue(this.#settings.now())
  }

  /** Whether there was no successful poll for so long that ends may have been missed. */
  isBehind(): boolean {
    return this.#ageAt(this.#settings.now()) >= STALE_AFTER
  }

  metrics(): RevocationMetrics {
    const now = this.#settings.now()
    const age = this.#ageAt(now)
    return {
      lag: this.#lag.read(),
      age: Number.isFinite(age) ? age : null,
      stale: this.#isStale(now) && !this.#isIdle(now),
      pushed: this.#pushed,
      remembered: this.#ended.size,
      storeReads: this.#storeReads,
    }
  }

  /** Stops notifications and polls. From now on every check reads the store. */
  close(): void {
    this.#closed = true
    this.#unsubscribe()
  }

  #learn({ sessionId, at }: Revocation, now: number, { measured }: { measured: boolean }): void {
    if (this.#ended.has(sessionId)) {
      // Tokens of a clock that is ahead are valid for longer, until after `at`.
      if (at > now) this.#ended.renew(sessionId, now)
      return
    }
    if (measured) this.#lag.add(Math.max(0, now - at))
    this.#ended.add(sessionId, now)
    for (const listener of this.#listeners) listener(sessionId)
  }

  /**
   * Notifications start or stop. Ends that happened before, or meanwhile, are found by a poll that
   * starts now; one that is already running may have missed them.
   */
  #setPushed(pushed: boolean): void {
    this.#pushed = pushed
    this.#pollAgain = true
    this.#startPoll(this.#settings.now(), MAX_CLOCK_SKEW)
  }

  #interval(): number {
    return this.#pushed ? POLL_INTERVAL.pushed : POLL_INTERVAL.polled
  }

  #pollIfDue(now: number): void {
    if (now >= this.#triedAt && now - this.#triedAt < this.#interval()) return
    // Without notifications, an end may carry the time of a clock that is behind by the whole skew.
    this.#startPoll(now, this.#pushed ? OVERLAP : MAX_CLOCK_SKEW)
  }

  #startPoll(now: number, overlap: number): void {
    // A poll that never finishes is abandoned.
    const isRunning = this.#polling !== null && Math.abs(now - this.#triedAt) < STALE_AFTER
    if (this.#closed || isRunning) return
    this.#triedAt = now
    this.#pollAgain = false
    const polling = this.#poll(now, overlap).finally(() => {
      if (this.#polling === polling) this.#polling = null
      if (this.#pollAgain) this.#startPoll(this.#settings.now(), MAX_CLOCK_SKEW)
    })
    this.#polling = polling
  }

  async #poll(now: number, overlap: number): Promise<void> {
    const result = await this.#inBackground(async () => this.#fetchEnded(now, overlap))
    this.#pollFailed = result !== undefined
  }

  async #fetchEnded(now: number, overlap: number): Promise<void> {
    const oldest = now - this.#retention
    // After the clock was set back, the time of the last poll means nothing.
    const since = now < this.#polledAt ? oldest : Math.max(oldest, this.#polledAt - overlap)
    // Ends from before the first poll say nothing about how fast they become known.
    const measured = this.#polledAt !== Number.NEGATIVE_INFINITY
    for (const revocation of await this.#store.endedSince(since))
      this.#learn(revocation, this.#settings.now(), { measured })
    this.#ended.prune(now)
    this.#polledAt = now
  }

  async #readEnded(sessionId: string): Promise<boolean> {
    this.#storeReads++
    const row = await this.#store.read(sessionId)
    return row === null || row.end !== null
  }

  /** Milliseconds since the last successful poll; infinite if the clock was set back since. */
  #ageAt(now: number): number {
    return this.#closed || now < this.#polledAt ? Number.POSITIVE_INFINITY : now - this.#polledAt
  }

  /** Whether the knowledge is old only because no request came since the last successful poll. */
  #isIdle(now: number): boolean {
    const isOverdue = this.#polling !== null && now - this.#triedAt >= this.#interval()
    return !this.#closed && !this.#pollFailed && !isOverdue && !this.#ended.isIncomplete(now)
  }

  #isStale(now: number): boolean {
    return this.#ageAt(now) >= STALE_AFTER || this.#ended.isIncomplete(now)
  }
}
