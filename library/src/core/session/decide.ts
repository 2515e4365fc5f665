import type { EndedCode } from '../../protocol.ts'
import type { Session } from '../store.ts'

/** What a request presents, after its token was authenticated. Attempts are hashed. */
export interface Presented {
  generation: number
  /** The attempt that this request is made under. */
  attempt: string | null
  /** The attempt before it: the one that made the client's present generation. */
  previous: string | null
}

export interface RefreshPolicy {
  /** Milliseconds during which a generation is handed out again rather than rotated. */
  grace: number
}

/** What a refresh does. `repeat` hands out the row's own generation again; `extend` makes it count as issued now. */
export type Decision =
  | { do: 'repeat'; extend: boolean }
  | { do: 'rotate'; to: number; recovered: boolean }
  | { do: 'reuse' }
  | { do: 'refuse'; code: EndedCode }

interface Facts {
  row: Session
  presented: Presented
  now: number
  /** Generations that the presented token is behind the row; negative where it is ahead. */
  behind: number
  /** Handed out less than the grace ago. A clock that was set back further than that does not keep a generation young. */
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

/** The whole of refresh. The first line that holds decides; the last always holds. */
const TABLE: ReadonlyArray<
  [holds: (facts: Facts) => boolean, decision: Decision | ((facts: Facts) => Decision)]
> = [
  [({ row }) => row.end !== null, ({ row }) => ({ do: 'refuse', code: endedCode(row) })],
  // Whichever came first, however late somebody asks.
  [
    ({ row, now }) => now >= row.idleEndsAt && row.idleEndsAt < row.endsAt,
    { do: 'refuse', code: 'session_idle' },
  ],
  [({ row, now }) => now >= row.endsAt, { do: 'refuse', code: 'session_expired' }],
  [({ row, behind }) => !row.rotates && behind === 0, EXTEND],
  [({ behind, withinGrace }) => behind === 0 && withinGrace, REPEAT],
  [({ behind }) => behind === 0, ({ row }) => rotate(row.generation)],
  // However far behind: the disk that a crashed browser comes back with may be older than the last rotation.
  [({ behind, row, presented }) => behind > 0 && isMaker(row, presented), EXTEND],
  // Before the grace, so that a request that crosses the retry of a lost answer is within the grace of the retry.
  [
    ({ behind, row, presented }) =>
      behind === 1 && row.attempt === null && presented.attempt === null && !row.used,
    EXTEND,
  ],
  [({ behind, withinGrace }) => behind === 1 && withinGrace, REPEAT],
  // We signed it, so the store has lost what came between: a restored backup, a replica that was behind.
  [({ behind }) => behind < 0, ({ presented }) => rotate(presented.generation, true)],
  [() => true, REUSE],
]

/** Decides one refresh from the row, what was presented, the time (milliseconds) and the policy. Pure. */
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
  const decision = TABLE.find(([holds]) => holds(facts))![1]
  return typeof decision === 'function' ? decision(facts) : decision
}

/** The client that made the row's generation asks again: its answer was lost, or its disk was behind when it crashed. */
function isMaker(row: Session, presented: Presented): boolean {
  return (
    row.attempt !== null &&
    (row.attempt === presented.attempt || row.attempt === presented.previous)
  )
}

const END_CODES = new Map<string, EndedCode>([
  ['reused', 'refresh_token_reused'],
  ['idle', 'session_idle'],
  ['expired', 'session_expired'],
])

/** The code that tells a client how a session ended. */
export function endedCode(row: Pick<Session, 'end'>): EndedCode {
  return END_CODES.get(row.end?.reason ?? '') ?? 'session_signed_out'
}
