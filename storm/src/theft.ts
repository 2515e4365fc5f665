/**
 * What a thief copies: the refresh token, or the whole profile with the attempts that the client
 * stores.
 */
export type TheftKind = 'token' | 'profile'

export type Verdict =
  /**
   * The thief or the owner did not continue, so there was nothing to detect; or the session was
   * signed out first.
   */
  | 'abandoned'
  /** All requests of the thief came within the grace before or after one of the owner's. */
  | 'within-grace'
  | 'found'
  /** Found later than the limit, or never. */
  | 'missed'

/**
 * Judges one theft by the responses of the stack.
 *
 * The delay is measured on a clock that runs while the owner is active and the database is up. It
 * starts when the thief gets tokens outside the grace of the owner's requests: from then on both
 * continue. It starts again whenever the two hold the same generation: if one gets tokens within
 * the grace of the other's request, or if a database that lost writes issues the owner's current
 * token to the thief.
 */
export class Theft {
  readonly kind: TheftKind
  /** Requests of the thief that reached a server. */
  requests = 0
  /** Responses with tokens within the grace of the other's request, to the thief or the owner. */
  graceResponses = 0
  readonly #grace: number
  readonly #readClock: () => number
  /**
   * When one of the two was refused for good, on the clock; null again if the thief gets tokens
   * later.
   */
  #foundAt: number | null = null
  /** When the delay started, on the clock. */
  #startedAt: number | null = null
  #ownerContinues = false
  #ownerRefused = false
  #ownerRequestedAt: number
  #ownerToken = ''
  #thiefSuccesses = 0
  #thiefSucceededAt = Number.NEGATIVE_INFINITY
  /** When the thief last succeeded, on the clock of the owner's activity. */
  #thiefSucceededAtClock = 0
  /** The token of the owner that the database has lost. */
  #lostToken: string | null = null

  /**
   * Times in milliseconds. `ownerRequestedAt`: when a refresh of the owner last reached a server.
   * `readClock`: the clock of the owner's activity.
   */
  constructor(kind: TheftKind, grace: number, ownerRequestedAt: number, readClock: () => number) {
    this.kind = kind
    this.#grace = grace
    this.#ownerRequestedAt = ownerRequestedAt
    this.#readClock = readClock
  }

  /** A refresh of the owner reached a server, even if the server crashed before it responded. */
  ownerRequested(at: number): void {
    this.#ownerRequestedAt = at
    if (at - this.#thiefSucceededAt < this.#grace) this.#rejoin()
  }

  ownerGotTokens(token: string): void {
    this.#ownerToken = token
    if (this.requests > 0) this.#ownerContinues = true
  }

  /** The owner was refused for good. */
  ownerWasRefused(): void {
    this.#ownerContinues = true
    this.#ownerRefused = true
    this.#foundAt ??= this.#readClock()
  }

  thiefGotTokens(token: string, at: number): void {
    this.#thiefSuccesses++
    this.#foundAt = null
    this.#thiefSucceededAt = at
    this.#thiefSucceededAtClock = this.#readClock()
    if (at - this.#ownerRequestedAt < this.#grace) this.#rejoin()
    else if (token !== this.#lostToken) this.#startedAt ??= this.#readClock()
  }

  /** The thief was refused for good. */
  thiefWasRefused(): void {
    this.#foundAt ??= this.#readClock()
  }

  /** The database lost writes in a failover: both hold tokens of lost generations. */
  databaseLostWrites(): void {
    this.#startedAt = null
    this.#lostToken = this.#ownerToken
  }

  /** The thief holds no usable token. */
  get isFound(): boolean {
    return this.#foundAt !== null
  }

  /**
   * Milliseconds on the clock from the start until the theft was found, or until the last success
   * of the thief. Null if it never started.
   */
  get delay(): number | null {
    if (this.#thiefSuccesses === 0) return 0
    if (this.#startedAt === null) return null
    return (this.#foundAt ?? this.#thiefSucceededAtClock) - this.#startedAt
  }

  /** `limit`: milliseconds after which a theft counts as missed. */
  verdict(limit: number): Verdict {
    if ((this.delay ?? 0) > limit && this.#ownerContinues) return 'missed'
    if (this.#foundAt !== null) return 'found'
    if (this.#ownerRefused && this.#thiefSuccesses > 0) return 'missed'
    const bothContinued = this.#thiefSuccesses > 0 && this.#ownerContinues
    return this.#startedAt === null && bothContinued ? 'within-grace' : 'abandoned'
  }

  #rejoin(): void {
    this.graceResponses++
    this.#startedAt = null
  }
}
