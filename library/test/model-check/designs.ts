import { decide } from '../../src/core/session/decide.ts'

/**
 * What was decided for this design. The search holds it against simpler decisions, to see those
 * fail.
 */
export interface Design {
  /** The table. */
  decide: typeof decide
  /** A generation that is handed out anew never becomes older by it, whoever of two writes last. */
  extendOnlyForward: boolean
  /**
   * An answer that brings only the refresh token that was presented leaves the refresh cookie
   * alone.
   */
  keepsUnchangedCookie: boolean
  /**
   * Before a client begins, it notes the generation that the readable cookie names: an answer may
   * have come that no page lived to note.
   */
  adoptsCookieGeneration: boolean
  /**
   * What a rotation compares before it writes. `handed out`: the generation, and that the row was
   * not handed out anew since it was read.
   */
  rotateCompares: 'nothing' | 'generation' | 'handed out'
}

export const LATCHKEY: Design = {
  decide,
  extendOnlyForward: true,
  keepsUnchangedCookie: true,
  adoptsCookieGeneration: true,
  rotateCompares: 'handed out',
}

/** Simpler tables, each ours but for one thing. */
export const PLAIN_GRACE: typeof decide = (row, presented, now, policy) => {
  if (row === null || row.generation === presented.generation)
    return { do: 'rotate', to: presented.generation + 1, recovered: false }
  const young = row.generation === presented.generation + 1 && now - row.issuedAt < policy.grace
  return young ? { do: 'repeat', extend: false } : { do: 'reuse' }
}

export const ROTATES_WITHIN_GRACE: typeof decide = (row, presented, now, policy) => {
  const decision = decide(row, presented, now, policy)
  const early = row !== null && row.generation === presented.generation && decision.do === 'repeat'
  return early ? { do: 'rotate', to: row.generation + 1, recovered: false } : decision
}

export const IGNORES_PREVIOUS_ATTEMPT: typeof decide = (row, presented, now, policy) =>
  decide(row, { ...presented, previous: null }, now, policy)

export const NEVER_EXTENDS: typeof decide = (row, presented, now, policy) => {
  const decision = decide(row, presented, now, policy)
  return decision.do === 'repeat' ? { do: 'repeat', extend: false } : decision
}

export const MAKER_ONLY_ONE_BEHIND: typeof decide = (row, presented, now, policy) =>
  row !== null && row.generation > presented.generation + 1
    ? { do: 'reuse' }
    : decide(row, presented, now, policy)

/** The grace comes first, so that within it nothing makes the generation young again. */
export const GRACE_FIRST: typeof decide = (row, presented, now, policy) => {
  const young =
    row !== null && row.generation === presented.generation + 1 && now - row.issuedAt < policy.grace
  return young ? { do: 'repeat', extend: false } : decide(row, presented, now, policy)
}

export const IGNORES_END: typeof decide = (row, presented, now, policy) =>
  decide(row && { ...row, end: null }, presented, now, policy)
