import type { Device, EndReason, EndDetails } from '../protocol.ts'

/** A store may answer at once or later. */
export type Awaitable<T> = T | Promise<T>

/** One sign-in on one device: one row in the store. Every instant is in milliseconds since 1970. */
export interface Session {
  /** 16 random bytes in base64url: 22 characters. */
  id: string
  identity: string
  /** Refreshes so far: the generation that is handed out now. */
  generation: number
  /** Hash of the attempt that made this generation, or null where the client sent none. */
  attempt: string | null
  /** An access token of this generation was seen by a guard. Only kept where `attempt` is null. */
  used: boolean
  /** When this generation was handed out, or handed out again. */
  issuedAt: number
  createdAt: number
  /** The session ends here unless it is refreshed before; never later than `endsAt`. */
  idleEndsAt: number
  /** The session ends here whatever happens: fixed at sign-in. */
  endsAt: number
  /** False: the refresh token stays the same for the whole session. */
  rotates: boolean
  /** Claims that every access token of the session carries. */
  claims: Record<string, unknown>
  device: Device
  end: End | null
}

/** Why and when a session ended. */
export interface End {
  at: number
  reason: EndReason
  details: EndDetails | null
}

/** What a rotation writes. */
export type Rotation = Pick<
  Session,
  'generation' | 'attempt' | 'issuedAt' | 'idleEndsAt' | 'device'
>

export interface Revocation {
  sessionId: string
  at: number
}

/** What a store tells whoever subscribes. None of these throws. */
export interface RevocationListener {
  /** A session has ended. The same end may be told more than once. */
  ended(revocation: Revocation): void
  /** From now on every end is told within moments, also those of other processes. What came before is asked for with `endedSince`. */
  connected(): void
  /** From now on ends of other processes may be missed, until `up` is told again. Told at most once for each `up`. */
  disconnected(): void
}

/**
 * The contract of a store: atomic verbs of the domain, one row or key per session, nothing that grows with the number of refreshes.
 * `create`, `end` and `endAll` are durable (on disk) before they answer. A store that cannot answer throws; the caller then says 503.
 * `storeContract` in `latchkey/testing` checks an implementation.
 */
export interface Store {
  create(session: Session): Awaitable<void>
  read(id: string): Awaitable<Session | null>
  /**
   * Compare-and-set: writes `next`, with `used` false, only where the live row still has this generation and was not handed out anew.
   * True if it did.
   */
  rotate(
    id: string,
    from: Pick<Session, 'generation' | 'issuedAt'>,
    next: Rotation,
  ): Awaitable<boolean>
  /**
   * Compare-and-set: the same generation is handed out anew, where the live row's generation still is `generation`. True if it did.
   * It never makes a generation older: of two instants the later one stays.
   */
  extend(
    id: string,
    generation: number,
    next: Pick<Session, 'issuedAt' | 'idleEndsAt'>,
  ): Awaitable<boolean>
  /** Notes generations as used; those that are no longer current are passed over. */
  markUsed(generations: ReadonlyArray<{ sessionId: string; generation: number }>): Awaitable<void>
  /** Ends a live session. False where it was ended before or is unknown; the first end stands. */
  end(id: string, end: End): Awaitable<boolean>
  /** Ends every live session of an identity but one; answers the ids that it ended. */
  endAll(identity: string, except: string | null, end: End): Awaitable<string[]>
  /** Every session of an identity that is still stored, the newest first. */
  list(identity: string): Awaitable<Session[]>
  /** Sessions ended at or after an instant, for the memory of the processes that check access tokens. */
  endedSince(at: number): Awaitable<Revocation[]>
  /** Forgets sessions that ended, by whatever cause, before an instant. Answers how many. */
  prune(before: number): Awaitable<number>
  /**
   * Tells `feed` of each session that ends. Those ended through this store object are told before their `end` is answered; a store that
   * hears of the others as well says so with `up` and `down`. It answers at once, and connects, and connects again, by itself: a lost
   * connection is told, never thrown. Returns the way to stop, after which nothing is told.
   */
  subscribe(feed: RevocationListener): () => void
  /**
   * True the first time that a key is shown; false from then until the instant `until`, in every process. Later it may be forgotten, by
   * this verb itself. `now` is the caller's clock, by which a store that keeps time of its own knows how long that is.
   */
  claimOnce(key: string, until: number, now: number): Awaitable<boolean>
}
