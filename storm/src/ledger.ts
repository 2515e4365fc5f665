import { LIMITS, type Score, type TheftScore } from './score.ts'
import type { Sitting } from './login.ts'
import { isGiven, type Answer, type Cookies, type Stack } from './stack.ts'
import type { Loot, Theft } from './theft.ts'

const MOST_EXAMPLES = 5

/** Counts what the servers answer, at the moment when they do. */
export class Ledger {
  readonly counts: Omit<Score, 'stack' | 'seed' | 'thefts' | 'days' | 'took'> = {
    refreshes: 0,
    signIns: 0,
    honestSignOuts: 0,
    examples: [],
    forks: 0,
    expiries: 0,
    rotations: 0,
    repeats: 0,
    heals: 0,
    retries: 0,
    uses: 0,
    wrong401s: 0,
    signOuts: 0,
    refreshedAfterSignOut: 0,
    usedAfterSignOut: 0,
    happenings: {
      serverCrashes: 0,
      outages: 0,
      falls: 0,
      browserCrashes: 0,
      sleeps: 0,
      clockJumps: 0,
      lostAnswers: 0,
      doubled: 0,
    },
  }
  readonly #stack: Stack
  readonly #thefts: Theft[] = []
  /** Sign-ins of which the replica that took over has missed a token, until somebody presents one. */
  readonly #behind = new Map<Sitting, Set<string>>()
  /** What a replica that stalls has missed so far. */
  #missing: Map<Sitting, Set<string>> | null = null

  constructor(stack: Stack) {
    this.#stack = stack
  }

  /** The refresh token among cookies, or in what an answer sets. */
  tokenIn(cookies: Readonly<Record<string, string | null>>): string {
    return cookies[this.#stack.refreshCookie] ?? ''
  }

  /** An owner's refresh was answered. `askedAt` and `at`: when it reached the server, and when that answered. */
  ownerRefreshes(
    sitting: Sitting,
    cookies: Cookies,
    answer: Answer,
    askedAt: number,
    at: number,
  ): void {
    this.counts.refreshes++
    sitting.askedAt = at
    sitting.theft?.ownerAsks(at)
    if (isGiven(answer)) {
      this.#accepted(sitting, cookies, answer, askedAt)
      sitting.theft?.ownerIsGiven(this.#given(cookies, answer))
    } else if (!answer.ended) this.counts.retries++
    else if (!sitting.ended) {
      sitting.ended = true
      if (sitting.theft && sitting.theft.asked > 0) sitting.theft.ownerEnds()
      else if (!sitting.isLeft) this.#signedOutHonest(sitting, answer, at)
    }
  }

  thiefRefreshes(
    sitting: Sitting,
    cookies: Cookies,
    answer: Answer,
    askedAt: number,
    at: number,
  ): void {
    if (isGiven(answer)) this.#accepted(sitting, cookies, answer, askedAt)
    if (isGiven(answer)) sitting.theft!.thiefIsGiven(this.#given(cookies, answer), at)
    else if (answer.ended && !sitting.isLeft) sitting.theft!.thiefEnds()
  }

  uses(sitting: Sitting, status: number, madeAt: number, life: number, at: number): void {
    this.counts.uses++
    if (sitting.over !== null) {
      if (status === 200)
        this.counts.usedAfterSignOut = Math.max(
          this.counts.usedAfterSignOut,
          (at - sitting.over) / 1000,
        )
      return
    }
    // Two seconds off: a lifetime in whole seconds, and servers whose clocks differ.
    const live =
      at - madeAt < (life - 2) * 1000 &&
      !sitting.isLeft &&
      !sitting.ended &&
      !(sitting.theft && sitting.theft.asked > 0)
    if (status === 401 && live) this.counts.wrong401s++
  }

  plants(sitting: Sitting, theft: Theft): void {
    sitting.theft = theft
    this.#thefts.push(theft)
  }

  /** Two live branches were found by asking with both. */
  forked(sitting: Sitting): void {
    sitting.forked = true
  }

  /** Nothing more will happen to a sign-in. */
  closes(sitting: Sitting): void {
    if (sitting.forked) this.counts.forks++
    this.#behind.delete(sitting)
    this.#missing?.delete(sitting)
    sitting.forget()
  }

  replicaStalls(): void {
    this.#missing = new Map()
  }

  replicaTakesOver(): void {
    for (const [sitting, tokens] of this.#missing ?? []) {
      this.#behind.set(sitting, tokens)
      sitting.theft?.storeFell()
    }
    this.#missing = null
  }

  thefts(loot: Loot): TheftScore {
    const lifetime = this.#stack.accessLifetime * 1000
    const judged = this.#thefts
      .filter((theft) => theft.loot === loot)
      .map((theft) => ({ theft, verdict: theft.verdict(LIMITS[loot] * lifetime) }))
    const count = (verdict: string) => judged.filter((each) => each.verdict === verdict).length
    const delays = judged
      .flatMap(({ theft }) =>
        theft.isFound && theft.delay !== null ? [theft.delay / lifetime] : [],
      )
      .sort((a, b) => a - b)
    return {
      both: count('found') + count('missed'),
      found: count('found'),
      missed: count('missed'),
      insideGrace: count('inside the grace'),
      graceAnswers: judged.reduce((sum, { theft }) => sum + theft.insideGrace, 0),
      notBoth: count('not both'),
      longest: delays.at(-1) ?? 0,
      median: delays[delays.length >> 1] ?? 0,
    }
  }

  /** The token that whoever asked holds now. */
  #given = (cookies: Cookies, answer: Answer): string =>
    this.tokenIn(answer.set) || this.tokenIn(cookies)

  #accepted(sitting: Sitting, cookies: Cookies, answer: Answer, askedAt: number): void {
    const presented = this.tokenIn(cookies)
    const given = this.#given(cookies, answer)
    if (sitting.over !== null && askedAt > sitting.over) this.counts.refreshedAfterSignOut++
    if (this.#behind.get(sitting)?.has(presented)) {
      this.counts.heals++
      this.#behind.delete(sitting)
    }
    if (!sitting.accepts(presented, given)) return void this.counts.repeats++
    this.counts.rotations++
    if (this.#missing === null) return
    const tokens = this.#missing.get(sitting) ?? new Set()
    this.#missing.set(sitting, tokens.add(given))
  }

  #signedOutHonest(sitting: Sitting, answer: Answer, at: number): void {
    this.counts.honestSignOuts++
    const { examples } = this.counts
    if (examples.length < MOST_EXAMPLES)
      examples.push(
        `${sitting.identity}, ${(at / 1000).toFixed(2)} s after the storm began: ${answer.status}`,
      )
  }
}
