import type { Device, EndReason, EndDetails } from '../protocol.ts'
import type { TakenTry, TryRule } from './tries.ts'

/** A store may return a value or a promise of it. */
export type Awaitable<T> = T | Promise<T>

/** One sign-in on one device: one row in the store. All instants are milliseconds since 1970. */
export interface Session {
  /** 16 random bytes in base64url: 22 characters. */
  id: string
  /** Who is signed in: the claim `sub` of the session's access tokens. */
  identity: string
  /** How many refresh tokens the session has had before the current one; 0 at sign-in. */
  generation: number
  /** Hash of the attempt that made this generation; null if the client sent none. */
  attempt: string | null
  /**
   * Whether a guard has seen an access token of this generation. Recorded only while `attempt` is
   * null.
   */
  used: boolean
  /** When this generation was last issued. */
  issuedAt: number
  createdAt: number
  /** The session ends at this instant unless it is refreshed before. Never later than `endsAt`. */
  idleEndsAt: number
  /** The session ends at this instant in any case. Fixed at sign-in. */
  endsAt: number
  /** False if the refresh token stays the same for the whole session. */
  rotates: boolean
  /** Claims of every access token of the session. */
  claims: Record<string, unknown>
  device: Device
  /** Null while the session is live. */
  end: End | null
}

/** When and why a session ended. */
export interface End {
  at: number
  reason: EndReason
  details: EndDetails | null
}

/** The fields that a rotation writes. */
export type Rotation = Pick<
  Session,
  'generation' | 'attempt' | 'issuedAt' | 'idleEndsAt' | 'device'
>

/** Where a list goes on: behind the session with this instant and id. */
export type ListPosition = Pick<Session, 'createdAt' | 'id'>

/** Which sessions of an identity `list` returns. */
export interface ListRange {
  /** True: those with an `end`. False: those without one, also if their lifetime is over. */
  ended: boolean
  /** By `createdAt`; those of one instant are in an order of the store's own. */
  order: 'newest-first' | 'oldest-first'
  /** How many at most. */
  limit: number
  /** The last session of the page before; null for the first page. It may be gone meanwhile. */
  after: ListPosition | null
}

/** The news that a session has ended. */
export interface Revocation {
  sessionId: string
  at: number
}

/** Receives revocations from a store. None of these methods may throw. */
export interface RevocationListener {
  /** A session has ended. May be called more than once for the same session. */
  ended(revocation: Revocation): void
  /**
   * From now on the ends of sessions in all processes are reported within moments. Ends before this
   * call may have been missed: read them with `endedSince`.
   */
  connected(): void
  /**
   * From now on ends in other processes may be missed, until `connected` is called again. Called at
   * most once after each `connected`.
   */
  disconnected(): void
}

/**
 * What a store must do: atomic operations on sessions. It keeps one row or key per session, and
 * nothing that grows with the number of refreshes.
 *
 * - `create`, `end` and `endAll` are durable: their writes are on disk before they resolve.
 * - An operation that cannot be carried out throws. Requests are then refused with status 503. An
 *   error whose `name` is `LatchkeySetupError` is a mistake of the application, such as missing
 *   tables: the framework's error handler gets it.
 *
 * `storeContract` of `latchkey/testing` tests an implementation.
 */
export interface Store {
  /** Milliseconds after which an operation throws, if the store has such a limit. */
  readonly timeLimit?: number
  /** Throws if there is a session with this id. */
  create(session: Session): Awaitable<void>
  /** Null if there is no session with this id. */
  read(id: string): Awaitable<Session | null>
  /**
   * Compare-and-set: writes `next`, and sets `used` to false, if the session is live and its
   * generation and `issuedAt` are still those of `from`. Returns whether it did.
   */
  rotate(
    id: string,
    from: Pick<Session, 'generation' | 'issuedAt'>,
    next: Rotation,
  ): Awaitable<boolean>
  /**
   * Compare-and-set: moves `issuedAt` and `idleEndsAt` forward if the session is live and its
   * generation is still `generation`. Returns whether it did. Instants never move back: of two
   * concurrent calls the later instants remain.
   */
  extend(
    id: string,
    generation: number,
    next: Pick<Session, 'issuedAt' | 'idleEndsAt'>,
  ): Awaitable<boolean>
  /** Sets `used` for generations that are still current, and ignores the others. */
  markUsed(generations: ReadonlyArray<{ sessionId: string; generation: number }>): Awaitable<void>
  /** Ends a live session. Returns false if there is none with this id. An end is never replaced. */
  end(id: string, end: End): Awaitable<boolean>
  /** Ends all live sessions of an identity except one. Returns the ids of those it ended. */
  endAll(identity: string, except: string | null, end: End): Awaitable<string[]>
  /**
   * A page of the stored sessions of an identity. Reads no more rows than it returns, however many
   * there are. Fewer than `limit` means that there are no more.
   */
  list(identity: string, range: ListRange): Awaitable<Session[]>
  /** Sessions that ended at or after an instant, in any order. */
  endedSince(at: number): Awaitable<Revocation[]>
  /** Deletes sessions that ended before an instant, for any reason. Returns their number. */
  prune(before: number): Awaitable<number>
  /**
   * Reports sessions that end. Those ended through this store object are reported before its `end`
   * or `endAll` resolves. A store that also receives the ends of other processes says so by
   * `connected` and `disconnected`.
   *
   * Returns at once, and connects and reconnects in the background: it never throws for a lost
   * connection. Returns the function that unsubscribes, after which nothing is reported.
   */
  subscribe(listener: RevocationListener): () => void
  /**
   * Returns true for the first call with a key, and false for all calls after it, in every process,
   * until `expiresAt`. The store may then delete the key, as part of this method.
   *
   * `now` is the caller's clock: a store that uses its own clock computes the lifetime from the
   * difference.
   */
  claimOnce(key: string, expiresAt: number, now: number): Awaitable<boolean>
  /**
   * Counts a try with the counter `key`, in one atomic step, unless the counter is blocked: then
   * nothing changes and `taken` is false. `afterTry` of core/tries.ts says what is stored. Counters
   * that have expired are absent.
   */
  takeTry(key: string, rule: TryRule, now: number): Awaitable<TakenTry>
  /**
   * Subtracts tries from a counter, not below 0, and lifts the block if it is still the one that
   * ends at `blockedUntil`.
   */
  giveBackTries(key: string, count: number, blockedUntil: number): Awaitable<void>
  /**
   * Sets a counter to 0 tries. With `knownUntil` above 0 the counter stays until then as that of a
   * known place; else it may be deleted.
   */
  clearTries(key: string, knownUntil: number, now: number): Awaitable<void>
  /**
   * Deletes expired counters, and the counters that expire first of more than `keep`. A store whose
   * counters expire by themselves need not do anything.
   */
  pruneTries(now: number, keep: number): Awaitable<void>
}
