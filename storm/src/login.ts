import type { Theft } from './theft.ts'

/** One sign-in, as the judge sees it: every refresh token that was handed out for it, and which led to which. */
export class Sitting {
  readonly identity: string
  /** When a refresh of the owner reached a server last. */
  askedAt: number
  /** The person has asked to be signed out. */
  isLeft = false
  /** When a sign-out was answered. */
  over: number | null = null
  /** A refresh was refused for good. */
  ended = false
  theft: Theft | null = null
  forked = false
  #parents = new Map<string, string | null>()
  /** Tokens that led to another, and whether one led to two. */
  #led = new Set<string>()
  #branched = false
  #accepted = new Set<string>()

  constructor(identity: string, first: string, now: number) {
    this.identity = identity
    this.askedAt = now
    this.#parents.set(first, null)
  }

  /**
   * A refresh was answered with tokens. True where it made a token that nobody had before. Two tokens that were both accepted, neither of
   * which led to the other, are a fork: two live branches.
   */
  accepts(presented: string, given: string): boolean {
    if (!this.#accepted.has(presented)) {
      this.#accepted.add(presented)
      this.forked ||= this.#branched && this.#hasBranch(presented)
    }
    if (this.#parents.has(given)) return false
    this.#parents.set(given, presented)
    this.#branched ||= this.#led.has(presented)
    this.#led.add(presented)
    return true
  }

  /** Tokens that led to no other. Where there is one of them there is one branch. */
  leaves(): string[] {
    return this.#branched ? [...this.#parents.keys()].filter((token) => !this.#led.has(token)) : []
  }

  /** Nothing more will be asked of it. */
  forget(): void {
    this.#parents.clear()
    this.#led.clear()
    this.#accepted.clear()
  }

  #hasBranch(token: string): boolean {
    const line = new Set(this.#lineOf(token))
    for (const other of this.#accepted)
      if (!line.has(other) && !this.#lineOf(other).includes(token)) return true
    return false
  }

  #lineOf(token: string): string[] {
    const line = [token]
    for (let above = this.#parents.get(token); above; above = this.#parents.get(above))
      line.push(above)
    return line
  }
}
