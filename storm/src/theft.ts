/** What is copied: the refresh token, or all that lies on the disk, with what the client keeps of its attempts. */
export type Loot = 'token' | 'profile'

export type Verdict =
  /** One of the two did not go on, so that there was nothing to see; or the session was signed out first. */
  | 'not both'
  /** Every request of the thief came within the grace before or after one of the owner's. */
  | 'inside the grace'
  | 'found'
  /** Found later than the limit, or never. */
  | 'missed'

/**
 * One theft, judged by the answers alone. The clock runs while the owner is awake and the servers can be reached. It starts at a request
 * of the thief that is given tokens outside the grace of the owner's: from then on both keep going. Whoever is given tokens within the
 * grace of the other's request is together with the other again, and the clock starts anew. So is a thief who is given, from a store that
 * has lost it, the token that the owner holds.
 */
export class Theft {
  readonly loot: Loot
  /** Requests of the thief that reached a server. */
  asked = 0
  /** Answers within the grace, to either of the two. */
  insideGrace = 0
  /** Time that counts, at which one of the two was refused for good; the thief was not given anything since. */
  #found: number | null = null
  #ownerOut = false
  readonly #grace: number
  readonly #clock: () => number
  #given = 0
  #ownerGoesOn = false
  #lastOfOwner: number
  #lastOfThief = Number.NEGATIVE_INFINITY
  /** The same by the clock that counts. */
  #lastGiven = 0
  #started: number | null = null
  #ownersToken = ''
  /** What the store has lost, and the owner has not. */
  #lostToken: string | null = null

  /** `lastOfOwner`: when the owner asked last before the theft. */
  constructor(loot: Loot, grace: number, lastOfOwner: number, clock: () => number) {
    this.loot = loot
    this.#lastOfOwner = lastOfOwner
    this.#grace = grace
    this.#clock = clock
  }

  /** A request of the owner reached a server, whether or not that lived to answer. */
  ownerAsks(at: number): void {
    this.#lastOfOwner = at
    if (at - this.#lastOfThief < this.#grace) this.#joins()
  }

  ownerIsGiven(token: string): void {
    this.#ownersToken = token
    if (this.asked > 0) this.#ownerGoesOn = true
  }

  /** The owner was refused for good. */
  ownerEnds(): void {
    this.#ownerGoesOn = true
    this.#ownerOut = true
    this.#found ??= this.#clock()
  }

  thiefIsGiven(token: string, at: number): void {
    this.#given++
    this.#found = null
    this.#lastOfThief = at
    this.#lastGiven = this.#clock()
    if (at - this.#lastOfOwner < this.#grace) this.#joins()
    else if (token !== this.#lostToken) this.#started ??= this.#clock()
  }

  /** The thief was refused for good. */
  thiefEnds(): void {
    this.#found ??= this.#clock()
  }

  /** Whoever held a lost generation is together with the other again. */
  storeFell(): void {
    this.#started = null
    this.#lostToken = this.#ownersToken
  }

  /** The thief holds nothing now. */
  get isFound(): boolean {
    return this.#found !== null
  }

  /** Time that counts from the start to the finding, or to what the thief was given last, in milliseconds; null where nothing started. */
  get delay(): number | null {
    if (this.#given === 0) return 0
    return this.#started === null ? null : (this.#found ?? this.#lastGiven) - this.#started
  }

  /** `limit`: milliseconds after which a theft counts as missed. */
  verdict(limit: number): Verdict {
    if ((this.delay ?? 0) > limit && this.#ownerGoesOn) return 'missed'
    if (this.#found !== null) return 'found'
    if (this.#ownerOut && this.#given > 0) return 'missed'
    return this.#started === null && this.#given > 0 && this.#ownerGoesOn
      ? 'inside the grace'
      : 'not both'
  }

  #joins(): void {
    this.insideGrace++
    this.#started = null
  }
}
