import type { TokenAnswer } from '../protocol.ts'
import { settle } from './attempts.ts'
import type { Marker } from './marker.ts'
import { NOTHING } from './record.ts'
import type { Kept, Keys } from './record.ts'

/** How many sessions that are over, and sign-outs that are owed, a record remembers. */
const MEMORY = 16

export const remember = (list: string[], item: string | null): string[] =>
  item === null || list.includes(item) ? list : [...list, item].slice(-MEMORY)

const received = (kept: Kept, keys: Keys, { expires_in }: TokenAnswer, wall: number): Kept => ({ ...kept, ...keys, receivedAt: wall, expiresIn: expires_in })

/** A session that begins where `before` was, which is over in this browser. */
const begun = (kept: Kept, keys: Keys, { sessionId, generation }: Marker, before = kept.sessionId): Kept => ({
  ...NOTHING,
  ...keys,
  sessionId,
  generation,
  ended: remember(kept.ended, before === sessionId ? null : before),
  owed: kept.owed,
})

/** Somebody signed in. `owed`: the sign-outs that the server can still be told of. */
export function signedIn(kept: Kept, keys: Keys, tokens: TokenAnswer, wall: number, owed = kept.owed, before = kept.sessionId): Kept {
  const marker = { sessionId: tokens.session_id, generation: tokens.generation }
  return { ...received(begun(kept, keys, marker, before), keys, tokens, wall), owed }
}

/**
 * Catches up with the cookie. One of another session: nobody here has signed in to it, but a page without scripts, or another application.
 * One that is ahead: an answer was kept by the browser and no page lived to note it. The attempt that was pending made that generation;
 * sent once more, for the next, it would be worth something to whoever copied it meanwhile.
 */
export function caughtUp(kept: Kept, marker: Marker): Kept {
  const { sessionId, generation } = marker
  if (kept.ended.includes(sessionId)) return kept
  if (kept.sessionId !== sessionId) return begun(kept, { access: sessionId, refresh: sessionId }, marker)
  return generation > kept.generation ? settle(kept, kept.generation, generation) : kept
}

/** The answer to a refresh begun when the record said `begunAt`. A late one, or one for a session that is over, does nothing. */
export function renewed(kept: Kept, keys: Keys, tokens: TokenAnswer, wall: number, begunAt: number): Kept {
  if (kept.sessionId !== tokens.session_id) return kept
  const after = settle(kept, begunAt, tokens.generation)
  return after.generation === tokens.generation ? received(after, keys, tokens, wall) : kept
}

/** A session is over. `owed` is what the server is still to be told, or null where it is the server that said so. */
export function ended(kept: Kept, sessionId: string, reason: string, owed: string | null): Kept {
  const lists = { ended: remember(kept.ended, sessionId), owed: remember(kept.owed, owed) }
  return kept.sessionId !== null && kept.sessionId !== sessionId ? { ...kept, ...lists } : { ...NOTHING, reason, ...lists }
}
