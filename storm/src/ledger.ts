import type { Login } from './login.ts'
import { DETECTION_LIMITS, type Score, type TheftScore } from './score.ts'
import { isSuccess, type Cookies, type Stack, type StackResponse } from './sign-in-stack.ts'
import type { Theft, TheftKind, Verdict } from './theft.ts'
import { SECOND } from './units.ts'

const MAX_EXAMPLES = 5

/** A refresh that reached a server. Times in milliseconds. */
export interface RefreshExchange {
  login: Login
  cookies: Cookies
  response: StackResponse
  requestedAt: number
  respondedAt: number
}

/** Records what the servers respond, when they respond. */
export class Ledger {
  readonly counts: Omit<Score, 'stack' | 'seed' | 'thefts' | 'days' | 'seconds'> = {
    refreshes: 0,
    signIns: 0,
    honestSignOuts: 0,
    examples: [],
    forks: 0,
    expiries: 0,
    rotations: 0,
    repeats: 0,
    recoveries: 0,
    retries: 0,
    uses: 0,
    wrong401s: 0,
    signOuts: 0,
    refreshedAfterSignOut: 0,
    usedAfterSignOut: 0,
    faults: {
      serverCrashes: 0,
      outages: 0,
      failovers: 0,
      browserCrashes: 0,
      sleeps: 0,
      clockJumps: 0,
      lostResponses: 0,
      duplicates: 0,
    },
  }
  readonly #stack: Stack
  readonly #thefts: Theft[] = []
  /** Tokens that the lagging replica has missed so far; null while it does not lag. */
  #missedByReplica: Map<Login, Set<string>> | null = null
  /** Tokens that were lost in a failover, until one of them is presented. */
  readonly #lostInFailover = new Map<Login, Set<string>>()

  constructor(stack: Stack) {
    this.#stack = stack
  }

  /** Returns the refresh token among cookies; an empty string if there is none. */
  refreshTokenIn(cookies: Readonly<Record<string, string | null>>): string {
    return cookies[this.#stack.refreshCookie] ?? ''
  }

  recordOwnerRefresh(exchange: RefreshExchange): void {
    const { login, response, respondedAt } = exchange
    this.counts.refreshes++
    login.lastRefreshAt = respondedAt
    login.theft?.ownerRequested(respondedAt)
    if (isSuccess(response)) {
      this.#recordSuccess(exchange)
      login.theft?.ownerGotTokens(this.#tokenAfter(exchange))
    } else if (!response.ended) this.counts.retries++
    else if (!login.refused) {
      login.refused = true
      if (login.theft && login.theft.requests > 0) login.theft.ownerWasRefused()
      else if (!login.signOutRequested) this.#recordHonestSignOut(exchange)
    }
  }

  recordThiefRefresh(exchange: RefreshExchange): void {
    const { login, response, respondedAt } = exchange
    if (isSuccess(response)) {
      this.#recordSuccess(exchange)
      login.theft!.thiefGotTokens(this.#tokenAfter(exchange), respondedAt)
    } else if (response.ended && !login.signOutRequested) login.theft!.thiefWasRefused()
  }

  /**
   * A request to the protected route. `issuedAt` and `lifetime` (seconds) are those of its access
   * token.
   */
  recordUse(login: Login, status: number, issuedAt: number, lifetime: number, now: number): void {
    this.counts.uses++
    if (login.signedOutAt !== null) {
      if (status !== 200) return
      const seconds = (now - login.signedOutAt) / SECOND
      this.counts.usedAfterSignOut = Math.max(this.counts.usedAfterSignOut, seconds)
      return
    }
    // Two seconds of tolerance: lifetimes are in whole seconds, and the clocks of servers differ.
    const isExpired = now - issuedAt >= (lifetime - 2) * SECOND
    const isTheftVisible = login.theft !== null && login.theft.requests > 0
    const mustWork = !isExpired && !login.signOutRequested && !login.refused && !isTheftVisible
    if (status === 401 && mustWork) this.counts.wrong401s++
  }

  recordTheft(login: Login, theft: Theft): void {
    login.theft = theft
    this.#thefts.push(theft)
  }

  /** Nothing more will happen to this login. */
  close(login: Login): void {
    if (login.forked) this.counts.forks++
    this.#lostInFailover.delete(login)
    this.#missedByReplica?.delete(login)
    login.clear()
  }

  startReplicaLag(): void {
    this.#missedByReplica = new Map()
  }

  recordFailover(): void {
    for (const [login, tokens] of this.#missedByReplica ?? []) {
      this.#lostInFailover.set(login, tokens)
      login.theft?.databaseLostWrites()
    }
    this.#missedByReplica = null
  }

  theftScore(kind: TheftKind): TheftScore {
    const lifetime = this.#stack.accessLifetime * SECOND
    const thefts = this.#thefts.filter((theft) => theft.kind === kind)
    const verdicts = thefts.map((theft) => theft.verdict(DETECTION_LIMITS[kind] * lifetime))
    const count = (wanted: Verdict) => verdicts.filter((verdict) => verdict === wanted).length
    const delays = thefts
      .flatMap(({ isFound, delay }) => (isFound && delay !== null ? [delay / lifetime] : []))
      .sort((a, b) => a - b)
    return {
      judged: count('found') + count('missed'),
      found: count('found'),
      missed: count('missed'),
      withinGrace: count('within-grace'),
      graceResponses: thefts.reduce((sum, { graceResponses }) => sum + graceResponses, 0),
      abandoned: count('abandoned'),
      longestDelay: delays.at(-1) ?? 0,
      medianDelay: delays[delays.length >> 1] ?? 0,
    }
  }

  /** The refresh token that the client holds after a successful refresh. */
  #tokenAfter({ cookies, response }: RefreshExchange): string {
    return this.refreshTokenIn(response.set) || this.refreshTokenIn(cookies)
  }

  #recordSuccess(exchange: RefreshExchange): void {
    const { login, cookies, requestedAt } = exchange
    const presented = this.refreshTokenIn(cookies)
    const issued = this.#tokenAfter(exchange)
    if (login.signedOutAt !== null && requestedAt > login.signedOutAt)
      this.counts.refreshedAfterSignOut++
    if (this.#lostInFailover.get(login)?.has(presented)) {
      this.counts.recoveries++
      this.#lostInFailover.delete(login)
    }
    if (!login.recordRefresh(presented, issued)) return void this.counts.repeats++
    this.counts.rotations++
    if (this.#missedByReplica === null) return
    const tokens = this.#missedByReplica.get(login) ?? new Set()
    this.#missedByReplica.set(login, tokens.add(issued))
  }

  #recordHonestSignOut({ login, response, respondedAt }: RefreshExchange): void {
    this.counts.honestSignOuts++
    const seconds = (respondedAt / SECOND).toFixed(2)
    if (this.counts.examples.length < MAX_EXAMPLES)
      this.counts.examples.push(
        `${login.identity} was refused with ${response.status}, ${seconds} s after the start`,
      )
  }
}
