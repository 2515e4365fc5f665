import { withResponse } from './refresh-attempts.ts'
import type { Attempts } from './refresh-attempts.ts'
import type { CookieValue } from './session-cookie.ts'

/**
 * The two tokens in header mode. In cookie mode scripts have no token, and the session id stands
 * for both.
 */
export interface TokenPair {
  /**
   * Stored, although it is short-lived: otherwise each tab would need a refresh to get one of its
   * own.
   */
  access?: string | undefined
  refresh?: string | undefined
}

/** What a response with tokens brings. */
export interface Tokens extends TokenPair {
  sessionId?: string | undefined
  generation: number
  /**
   * Milliseconds since 1970 by the wall clock. Tells other tabs the age of the tokens, and that
   * they are new.
   */
  receivedAt: number
  /** Seconds, as the server said. */
  expiresIn: number
}

/** What the tabs of this browser share. */
export interface SharedRecord extends Attempts, Tokens {
  /** Why there is no session. */
  reason?: string | undefined
  /**
   * Ids of sessions that have ended here. Neither a late response nor a leftover cookie brings one
   * back.
   */
  endedSessions: string[]
  /** Sign-outs that the server may not have received: see `pending-sign-outs.ts`. */
  pendingSignOuts: string[]
}

export type Change = (record: SharedRecord) => SharedRecord

/** Changes the record in one transaction. `onOpen` is called if there is storage at all. */
export type Transact = (name: string, change: Change, onOpen: () => void) => Promise<SharedRecord>

export const EMPTY_RECORD: SharedRecord = {
  generation: 0,
  pending: null,
  previous: null,
  receivedAt: 0,
  expiresIn: 0,
  endedSessions: [],
  pendingSignOuts: [],
}

/** The lists of a record are cut to this length. */
const MAX_REMEMBERED = 16

export const remember = (list: string[], item: string | undefined): string[] =>
  !item || list.includes(item) ? list : [...list, item].slice(-MAX_REMEMBERED)

/**
 * The record with a response's tokens. `begunAt` is the generation of the record when the request
 * was sent; tokens older than the record are ignored. A different session replaces the current one,
 * which ends in this browser; `signOut` is then the sign-out to send for it.
 */
export const withSession = (
  record: SharedRecord,
  tokens: Pick<SharedRecord, 'sessionId' | 'generation'> & Partial<Tokens>,
  begunAt = record.generation,
  signOut?: string,
): SharedRecord =>
  record.sessionId === tokens.sessionId
    ? withResponse(record, begunAt, tokens)
    : { ...withoutSession(record, record.sessionId, undefined, signOut), ...tokens }

/**
 * The record after a session ended. `signOut` is the sign-out to send, unless the server itself
 * ended the session.
 */
export function withoutSession(
  record: SharedRecord,
  sessionId?: string,
  reason?: string,
  signOut?: string,
): SharedRecord {
  const hasOther = record.sessionId && record.sessionId !== sessionId
  return {
    ...(hasOther ? record : { ...EMPTY_RECORD, reason }),
    endedSessions: remember(record.endedSessions, sessionId),
    pendingSignOuts: remember(record.pendingSignOuts, signOut),
  }
}

/**
 * The record brought up to date with the session cookie. If the cookie names another session, a
 * page without scripts or another application signed in. If it is ahead, the browser stored the
 * cookies of a response but the page closed before it recorded it: the pending attempt made that
 * generation, and must not be sent again for the next one.
 */
export function withCookie(
  record: SharedRecord,
  { sessionId, generation }: CookieValue,
): SharedRecord {
  const isKnown =
    record.sessionId === sessionId
      ? generation <= record.generation
      : record.endedSessions.includes(sessionId!)
  return isKnown
    ? record
    : withSession(record, { sessionId, generation, access: sessionId, refresh: sessionId })
}
