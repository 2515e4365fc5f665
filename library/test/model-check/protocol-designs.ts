import { decide, decideForRender } from '../../src/core/session/decide.ts'

/** The decisions of a refresh protocol that the search can vary. */
export interface Design {
  /** The rules of refresh. */
  decide: typeof decide
  /** Of two concurrent `extend`s, the later issue time stays, whichever is written last. */
  extendOnlyForward: boolean
  /** A response with the same refresh token as the request does not set the cookie. */
  keepsUnchangedCookie: boolean
  /**
   * Before a refresh, the client adopts the generation in the session cookie: a response may have
   * arrived whose page was closed before it could record it.
   */
  adoptsCookieGeneration: boolean
  /** What a rotation compares with the row before it writes. */
  rotateCompares: 'nothing' | 'generation' | 'generation and issue time'
  /**
   * How a server decides a request that it reads or writes later than an exchange may take: like
   * any other, or so that it ends no session.
   */
  late: 'decides' | 'ends nothing'
  /** The rules of a renewal while a page is rendered. */
  decideForRender: typeof decideForRender
}

/** The design of Latchkey. */
export const LATCHKEY: Design = {
  decide,
  extendOnlyForward: true,
  keepsUnchangedCookie: true,
  adoptsCookieGeneration: true,
  rotateCompares: 'generation and issue time',
  late: 'ends nothing',
  decideForRender,
}

// Simpler rules, each of which differs from those of Latchkey in one respect.

/**
 * The common rule: the previous token is accepted within the grace, and everything else rotates.
 */
export const PLAIN_GRACE: typeof decide = (row, presented, now, policy) => {
  if (row === null || row.generation === presented.generation)
    return { do: 'rotate', to: presented.generation + 1, recovered: false }
  const isWithinGrace =
    row.generation === presented.generation + 1 && now - row.issuedAt < policy.grace
  return isWithinGrace ? { do: 'repeat', extend: false } : { do: 'reuse' }
}

/** The current token is rotated even if it was issued within the grace. */
export const ROTATES_WITHIN_GRACE: typeof decide = (row, presented, now, policy) => {
  const decision = decide(row, presented, now, policy)
  const isCurrent =
    row !== null && row.generation === presented.generation && decision.do === 'repeat'
  return isCurrent ? { do: 'rotate', to: row.generation + 1, recovered: false } : decision
}

/** The previous attempt of the client does not count. */
export const IGNORES_PREVIOUS_ATTEMPT: typeof decide = (row, presented, now, policy) =>
  decide(row, { ...presented, previous: null }, now, policy)

/** A repeat does not restart the grace. */
export const NEVER_EXTENDS: typeof decide = (row, presented, now, policy) => {
  const decision = decide(row, presented, now, policy)
  return decision.do === 'repeat' ? { do: 'repeat', extend: false } : decision
}

/** An attempt counts only for a token that is one generation behind. */
export const MAKER_ONLY_ONE_BEHIND: typeof decide = (row, presented, now, policy) =>
  row !== null && row.generation > presented.generation + 1
    ? { do: 'reuse' }
    : decide(row, presented, now, policy)

/** The grace is checked first, so within it nothing restarts it. */
export const GRACE_FIRST: typeof decide = (row, presented, now, policy) => {
  const isWithinGrace =
    row !== null && row.generation === presented.generation + 1 && now - row.issuedAt < policy.grace
  return isWithinGrace ? { do: 'repeat', extend: false } : decide(row, presented, now, policy)
}

/** An ended session is treated as live. */
export const IGNORES_END: typeof decide = (row, presented, now, policy) =>
  decide(row && { ...row, end: null }, presented, now, policy)

/**
 * A generation that was made without an attempt is returned again only to a request without one.
 */
export const REQUIRES_NO_ATTEMPT_ON_EITHER_SIDE: typeof decide = (row, presented, now, policy) => {
  const decision = decide(row, presented, now, policy)
  const isWithinGrace = row !== null && now - row.issuedAt < policy.grace
  if (row === null || row.generation !== presented.generation + 1 || isWithinGrace) return decision
  return row.attempt === null && presented.attempt !== null ? { do: 'reuse' } : decision
}

/** The opposite: it is returned again to any request, so that both sides of a theft may hold it. */
export const REPEATS_WHAT_WAS_MADE_WITHOUT: typeof decide = (row, presented, now, policy) => {
  const decision = decide(row, presented, now, policy)
  const isBehind = row !== null && row.generation === presented.generation + 1
  return isBehind && decision.do === 'rotate' ? { do: 'repeat', extend: true } : decision
}

/** A page view is decided like a refresh without an attempt. */
export const RENDERS_BY_THE_TABLE: typeof decideForRender = (row, generation, now, policy) => {
  const decision = decide(row, { generation, attempt: null, previous: null }, now, policy)
  // The model knows no other decision that ends a session.
  return decision as ReturnType<typeof decideForRender>
}

/** Within the grace, a page view gets the current refresh token, whoever made it. */
export const RENDERS_WITHIN_THE_GRACE: typeof decideForRender = (row, generation, now, policy) => {
  const decision = decideForRender(row, generation, now, policy)
  const isBehind = row !== null && row.generation === generation + 1
  return decision.do === 'peek' && isBehind ? { do: 'repeat', extend: false } : decision
}
