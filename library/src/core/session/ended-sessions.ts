/** The most sessions that are remembered, about 100 MB. */
const MAX_REMEMBERED = 1_000_000

/**
 * The sessions that ended recently: those that an unexpired access token may still belong to. All
 * times are in milliseconds.
 */
export class EndedSessions {
  /** When this process learned of each end; the oldest first. */
  readonly #learnedAt = new Map<string, number>()
  readonly #retention: number
  #incompleteUntil = Number.NEGATIVE_INFINITY

  /** `retention`: how long an end is remembered. */
  constructor(retention: number) {
    this.#retention = retention
  }

  get size(): number {
    return this.#learnedAt.size
  }

  has(sessionId: string): boolean {
    return this.#learnedAt.has(sessionId)
  }

  /**
   * Adds an end that is not remembered yet. If there are too many, it is dropped: `isIncomplete` is
   * then true, and checks read the store.
   */
  add(sessionId: string, now: number): void {
    this.prune(now)
    if (this.#learnedAt.size < MAX_REMEMBERED) this.#learnedAt.set(sessionId, now)
    else this.#incompleteUntil = now + this.#retention
  }

  /** Remembers an end for longer, as if this process had just learned of it. */
  renew(sessionId: string, now: number): void {
    if (this.#learnedAt.delete(sessionId)) this.#learnedAt.set(sessionId, now)
  }

  /** Forgets the ends that no token can belong to any more. */
  prune(now: number): void {
    for (const [sessionId, learnedAt] of this.#learnedAt) {
      if (learnedAt >= now - this.#retention) return
      this.#learnedAt.delete(sessionId)
    }
  }

  /** Whether ends were dropped that a token may still belong to. */
  isIncomplete(now: number): boolean {
    return now < this.#incompleteUntil
  }
}
