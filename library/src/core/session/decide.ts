import type { EndedCode } from '../../protocol.ts'
import type { Session } from '../store.ts'

/** What an authentic refresh request presents. Attempts are hashed. */
export interface Presented {
  /** The generation of the refresh token. */
  generation: number
  /** The attempt of this request; null if the client sends none. */
  attempt: string | null
  /** The attempt of the client's last successful refresh. */
  previous: string | null
}

export interface RefreshPolicy {
  /** Milliseconds in which a generation is repeated instead of rotated. */
  grace: number
}

/**
 * What a refresh does. `repeat` returns the current generation again; with `extend` it also counts
 * as issued now. `rotate` moves the session to the generation `to`.
 */
export type Decision =
  | { do: 'repeat'; extend: boolean }
  | { do: 'rotate'; to: number; recovered: boolean }
  | { do: 'reuse' }
  | { do: 'refuse'; code: EndedCode }

interface Facts {
  row: Session
  presented: Presented
  /** Milliseconds since 1970. */
  now: number
  /** How many generations the presented token is behind the row; negative if it is ahead. */
  behind: number
  /**
   * The current generation was issued less than the grace ago. False also if the clock was set back
   * by more than the grace: otherwise a generation could stay within it for a long time.
   */
  withinGrace: boolean
}

const REPEAT: Decision = { do: 'repeat', extend: false }
const EXTEND: Decision = { do: 'repeat', extend: true }
const REUSE: Decision = { do: 'reuse' }
const rotate = (generation: number, recovered = false): Decision => ({
  do: 'rotate',
  to: generation + 1,
  recovered,
})

/** The rules of refresh (RFC 9700, section 4.14.2). The first condition that holds decides. */
const TABLE: ReadonlyArray<
  [condition: (facts: Facts) => boolean, decision: Decision | ((facts: Facts) => Decision)]
> = [
  [({ row }) => row.end !== null, ({ row }) => ({ do: 'refuse', code: endedCode(row) })],
  // Both lifetimes may be over. The one that ended first decides.
  [
    ({ row, now }) => now >= row.idleEndsAt && row.idleEndsAt < row.endsAt,
    { do: 'refuse', code: 'session_idle' },
  ],
  [({ row, now }) => now >= row.endsAt, { do: 'refuse', code: 'session_expired' }],
  [({ row, behind }) => !row.rotates && behind === 0, EXTEND],
  [({ behind, withinGrace }) => behind === 0 && withinGrace, REPEAT],
  [({ behind }) => behind === 0, ({ row }) => rotate(row.generation)],
  // At any distance: after a crash, the browser's cookie may be older than the last rotation.
  [({ behind, row, presented }) => behind > 0 && madeCurrent(row, presented), EXTEND],
  // Before the grace: a retry starts the grace anew, so a parallel request is still within it.
  [(facts) => isUnused(facts) && (facts.presented.attempt === null || facts.withinGrace), EXTEND],
  [({ behind, withinGrace }) => behind === 1 && withinGrace, REPEAT],
  // A client with attempts continues after a renewal without one, whose response was lost. If that
  // renewal was a thief's, its token must be worth nothing, not even within the grace: it is not
  // repeated here, and from now on it is two generations behind. No honest response is so slow.
  [isUnused, ({ row }) => rotate(row.generation + 1)],
  // The token is authentic, so the store has lost writes: it was restored from a backup, or a
  // replica that was behind took over.
  [({ behind }) => behind < 0, ({ presented }) => rotate(presented.generation, true)],
  [() => true, REUSE],
]

/** Decides one refresh. Pure: `now` is in milliseconds, `row` is null for an unknown session. */
export function decide(
  row: Session | null,
  presented: Presented,
  now: number,
  policy: RefreshPolicy,
): Decision {
  if (row === null) return { do: 'refuse', code: 'session_unknown' }
  const facts: Facts = {
    row,
    presented,
    now,
    behind: row.generation - presented.generation,
    withinGrace: Math.abs(now - row.issuedAt) < policy.grace,
  }
  const decision = TABLE.find(([condition]) => condition(facts))![1]
  return typeof decision === 'function' ? decision(facts) : decision
}

/**
 * Whether the request comes from the client whose attempt made the current generation. It asks
 * again because the response was lost, or because its cookie was out of date after a crash.
 */
function madeCurrent(row: Session, presented: Presented): boolean {
  return (
    row.attempt !== null &&
    (row.attempt === presented.attempt || row.attempt === presented.previous)
  )
}

/**
 * Whether the presented token is the predecessor of a generation that was made without an attempt,
 * and that nobody is known to have received.
 */
function isUnused({ behind, row }: Facts): boolean {
  return behind === 1 && row.attempt === null && !row.used
}

/** What a page view does. It never ends a session, and never moves one whose client has attempts. */
export type RenderDecision =
  | Exclude<Decision, { do: 'reuse' }>
  /** Returns an access token of the current generation, and no refresh token. */
  | { do: 'peek' }
  /** Changes nothing and returns nothing: the browser's client has to renew. */
  | { do: 'leave' }

/**
 * Decides a renewal by a server that renders a page. The request carries no attempt: it comes from
 * the browser itself. A token that looks reused may be that of a browser whose last response was
 * lost, and only its client can prove that.
 */
export function decideForRender(
  row: Session | null,
  generation: number,
  now: number,
  policy: RefreshPolicy,
): RenderDecision {
  const decision = decide(row, { generation, attempt: null, previous: null }, now, policy)
  if (decision.do === 'refuse') return decision
  if (decision.do === 'reuse') return { do: 'leave' }
  if (row!.attempt === null) return decision
  return generation <= row!.generation ? { do: 'peek' } : { do: 'leave' }
}

const END_CODES = new Map<string, EndedCode>([
  ['reused', 'refresh_token_reused'],
  ['idle', 'session_idle'],
  ['expired', 'session_expired'],
])

/** The error code for how a session ended. Reasons of the application count as a sign-out. */
export function endedCode(row: Pick<Session, 'end'>): EndedCode {
  return END_CODES.get(row.end?.reason ?? '') ?? 'session_signed_out'
}
