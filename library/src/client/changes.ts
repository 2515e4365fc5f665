import { withResponse } from './internal/attempts.ts'
import type { Marker } from './internal/session-cookie.ts'
import { NOTHING } from './internal/record.ts'
import type { Kept, Tokens } from './internal/record.ts'

/** How many sessions that are over, and sign-outs that are owed, a record remembers. */
const MEMORY = 16

export const remember = (list: string[], item: string | undefined): string[] =>
  !item || list.includes(item) ? list : [...list, item].slice(-MEMORY)

/** A session is over. `owed` is what the server is still to be told, if it is not the server that said so. */
export function ended(kept: Kept, sessionId?: string, reason?: string, owed?: string): Kept {
  const lists = { ended: remember(kept.ended, sessionId), owed: remember(kept.owed, owed) }
  return kept.sessionId && kept.sessionId !== sessionId
    ? { ...kept, ...lists }
    : { ...NOTHING, reason, ...lists }
}

/**
 * There are tokens, by an answer to what was begun when the record said `begunAt`. Those of another session take the place of the one
 * before, which is over in this browser; `owed` is what the server is still to be told of it. Those that come late do nothing.
 */
export const entered = (
  kept: Kept,
  tokens: Pick<Kept, 'sessionId' | 'generation'> & Partial<Tokens>,
  begunAt = kept.generation,
  owed?: string,
): Kept =>
  kept.sessionId === tokens.sessionId
    ? withResponse(kept, begunAt, tokens)
    : { ...ended(kept, kept.sessionId, undefined, owed), ...tokens }

/**
 * Catches up with the cookie. One of another session: nobody here has signed in to it, but a page without scripts, or another application.
 * One that is ahead: an answer was kept by the browser and no page lived to note it. The attempt that was pending made that generation;
 * sent once more, for the next, it would be worth something to whoever copied it meanwhile.
 */
export function caughtUp(kept: Kept, { sessionId, generation }: Marker): Kept {
  const known =
    kept.sessionId === sessionId ? generation <= kept.generation : kept.ended.includes(sessionId!)
  return known
    ? kept
    : entered(kept, { sessionId, generation, access: sessionId, refresh: sessionId })
}

/**
 * The record as the cookie corrects it: the cookie says which session there is, the record how far it has come. Without a session it says
 * why, at most. `marker` is undefined where the cookie cannot be seen, or is not to be asked.
 */
export function corrected(
  kept: Kept,
  marker: Marker | undefined,
  isOver: (sessionId: string) => boolean,
): Kept {
  const { sessionId } = marker ?? kept
  if (sessionId && !isOver(sessionId)) return marker ? caughtUp(kept, marker) : kept
  return {
    ...NOTHING,
    reason: kept.sessionId && !isOver(kept.sessionId) ? 'token_missing' : kept.reason,
  }
}
