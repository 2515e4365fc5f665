import type { Session } from '../store.ts'
import type { SessionContext } from './context.ts'
import { endByLifetime } from './list.ts'
import { signOut } from './sign-out.ts'

const REASON = 'too-many-sessions'

/** So many are ended at once, so that one sign-in does not wait for long. */
const MAX_ENDED = 20

export interface SessionLimit {
  /** How many sessions may be live, at least 1. */
  max: number
  /** The id of a session that stays: usually the one that has just begun. */
  keep: string
}

/**
 * Ends live sessions beyond `max`, those that were not used for longest first, at most 20. Reads at
 * most `max` + 20 rows, the oldest first, however many there are.
 */
export async function limitSessions(
  context: SessionContext,
  identity: string,
  { max, keep }: SessionLimit,
): Promise<number> {
  const { settings, store } = context
  const now = settings.now()
  const rows = await store.list(identity, {
    ended: false,
    order: 'oldest-first',
    limit: max + MAX_ENDED,
    after: null,
  })
  await recordLifetimeEnds(context, rows, now)
  const live = rows.filter((row) => now < row.idleEndsAt)
  const surplus = live
    .filter(({ id }) => id !== keep)
    .toSorted((a, b) => a.issuedAt - b.issuedAt)
    .slice(0, Math.max(0, live.length - max))
  for (const { id } of surplus) await signOut(context, id, REASON)
  return surplus.length
}

/** Otherwise sessions whose lifetime is over would take the places of live ones among the rows. */
async function recordLifetimeEnds(
  { store }: SessionContext,
  rows: readonly Session[],
  now: number,
): Promise<void> {
  const over = rows.filter((row) => now >= row.idleEndsAt).slice(0, MAX_ENDED)
  for (const row of over) await store.end(row.id, endByLifetime(row, now)!)
}
