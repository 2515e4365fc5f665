import type { SessionAuth } from 'latchkey'

/** The reason of an end, in lists and events. */
const REASON = 'too-many-sessions'

/** So many are ended at once, so that one sign-in does not wait for long. */
const MAX_ENDED = 20

/**
 * Ends the sessions of an account that were not used for longest, if it has more than `max`. The
 * session `current` has just begun and stays.
 */
export async function limitSessions(
  auth: Pick<SessionAuth, 'sessions' | 'signOut'>,
  identity: string,
  { max, current }: { max: number; current: string },
): Promise<void> {
  const live = (await auth.sessions(identity)).filter(({ end }) => end === null)
  const surplus = Math.min(live.length - max, MAX_ENDED)
  if (surplus <= 0) return
  const oldest = live
    .filter(({ id }) => id !== current)
    .toSorted((a, b) => a.issuedAt - b.issuedAt)
    .slice(0, surplus)
  for (const { id } of oldest) await auth.signOut(id, REASON)
}
