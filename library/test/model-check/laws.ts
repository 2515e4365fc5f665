import { decide } from '../../src/core/session/decide.ts'

/** What was decided for this design. The search holds it against simpler decisions, to see those fail. */
export interface Laws {
  /** The table. */
  decide: typeof decide
  /** A generation that is handed out anew never becomes older by it, whoever of two writes last. */
  neverOlder: boolean
  /** An answer that brings only the refresh token that was presented leaves the refresh cookie alone. */
  keepsCookie: boolean
  /** Before a client begins, it notes the generation that the readable cookie names: an answer may have come that no page lived to note. */
  notesCookie: boolean
  /** What a rotation compares before it writes. `handed out`: the generation, and that the row was not handed out anew since it was read. */
  compares: 'nothing' | 'generation' | 'handed out'
}

export const OURS: Laws = {
  decide,
  neverOlder: true,
  keepsCookie: true,
  notesCookie: true,
  compares: 'handed out',
}

/** Simpler tables, each ours but for one thing. */
export const PLAIN_GRACE: typeof decide = (row, presented, now, policy) => {
  if (row === null || row.generation === presented.generation)
    return { do: 'rotate', to: presented.generation + 1, healed: false }
  const young = row.generation === presented.generation + 1 && now - row.issuedAt < policy.grace
  return young ? { do: 'repeat', restart: false } : { do: 'reuse' }
}

export const ROTATES_THE_YOUNG: typeof decide = (row, presented, now, policy) => {
  const decision = decide(row, presented, now, policy)
  const early = row !== null && row.generation === presented.generation && decision.do === 'repeat'
  return early ? { do: 'rotate', to: row.generation + 1, healed: false } : decision
}

export const KNOWS_NO_PREVIOUS: typeof decide = (row, presented, now, policy) =>
  decide(row, { ...presented, previous: null }, now, policy)

export const NEVER_RESTARTS: typeof decide = (row, presented, now, policy) => {
  const decision = decide(row, presented, now, policy)
  return decision.do === 'repeat' ? { do: 'repeat', restart: false } : decision
}

export const MAKER_ONE_BEHIND: typeof decide = (row, presented, now, policy) =>
  row !== null && row.generation > presented.generation + 1
    ? { do: 'reuse' }
    : decide(row, presented, now, policy)

/** The grace comes first, so that within it nothing makes the generation young again. */
export const GRACE_FIRST: typeof decide = (row, presented, now, policy) => {
  const young =
    row !== null && row.generation === presented.generation + 1 && now - row.issuedAt < policy.grace
  return young ? { do: 'repeat', restart: false } : decide(row, presented, now, policy)
}

export const FORGETS_THE_END: typeof decide = (row, presented, now, policy) =>
  decide(row && { ...row, end: null }, presented, now, policy)
