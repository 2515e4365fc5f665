/*
 * A process that was stopped, or whose machine was suspended, finds requests in its sockets when it
 * wakes up, and they look as if they had just arrived. A timer that fires far too late shows that
 * this has happened.
 */

/** Milliseconds. */
const INTERVAL = 1000

/** The time by both clocks: one of them may stand still while the machine sleeps. */
export interface Clocks {
  wall(): number
  monotonic(): number
}

/** Notices that a process has slept. Times are in milliseconds. */
export class SleepDetector {
  readonly #clocks: Clocks
  #beatAt: { wall: number; monotonic: number } | null = null
  #length = 0
  #wokeAt = -Infinity

  constructor(clocks: Clocks) {
    this.#clocks = clocks
  }

  /** Must be called every `INTERVAL`. A call that comes later means a sleep. */
  beat(): void {
    const now = { wall: this.#clocks.wall(), monotonic: this.#clocks.monotonic() }
    if (this.#beatAt !== null) {
      const gap = Math.max(now.wall - this.#beatAt.wall, now.monotonic - this.#beatAt.monotonic)
      const slept = gap - INTERVAL
      // A shorter sleep soon after a long one does not hide it.
      if (
        slept > INTERVAL &&
        (slept >= this.#length || now.monotonic - this.#wokeAt > this.#length)
      ) {
        this.#length = slept
        this.#wokeAt = now.monotonic
      }
    }
    this.#beatAt = now
  }

  /**
   * Whether the process slept for longer than `limit`, and has been awake for less than that since.
   * In this time a request may have waited in a socket.
   */
  sleptFor(limit: number): boolean {
    if (this.#beatAt === null) return false
    // The sockets may be read before the timer fires.
    this.beat()
    return this.#length > limit && this.#clocks.monotonic() - this.#wokeAt < limit
  }
}

const detector = new SleepDetector({
  wall: () => Date.now(),
  monotonic: () => performance.now(),
})
let started = false

/**
 * Starts the timer of this process, once. It keeps no process alive. Runtimes that stop the timers
 * of a request when it has been handled (Workers) freeze no request either: there is none.
 */
export function watchForSleep(): void {
  if (started) return
  started = true
  try {
    const timer: unknown = setInterval(() => detector.beat(), INTERVAL)
    if (canUnref(timer)) {
      timer.unref()
      detector.beat()
    } else clearInterval(timer as number)
  } catch {
    // Workers allow no timer outside a request.
  }
}

const canUnref = (timer: unknown): timer is { unref(): void } =>
  typeof (timer as { unref?: unknown }).unref === 'function' &&
  (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent !==
    'Cloudflare-Workers'

/** Whether this process has just woken up from a sleep of more than `limit` milliseconds. */
export const sleptFor = (limit: number): boolean => detector.sleptFor(limit)
