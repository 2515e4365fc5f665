import type { Mode, TokenAnswer } from '../protocol.ts'
import { begin, settle } from './attempts.ts'
import type { Marker } from './marker.ts'
import type { Kept } from './record.ts'

/** How many sessions that are over, and sign-outs that are owed, a record remembers. */
const MEMORY = 16

/** Begins at the clock, so that a record that was cleared does not start again below what the tabs have seen. */
const nextVersion = ({ version }: Kept, wall: number): number => Math.max(version + 1, wall)

const remember = (list: string[], item: string | null): string[] =>
  item === null || list.includes(item) ? list : [...list, item].slice(-MEMORY)

const received = (kept: Kept, tokens: TokenAnswer, mode: Mode, wall: number): Kept => ({
  ...kept,
  version: nextVersion(kept, wall),
  sessionId: tokens.session_id,
  reason: null,
  refreshToken: mode === 'header' ? tokens.refresh_token! : null,
  accessToken: mode === 'header' ? tokens.access_token! : null,
  receivedAt: wall,
  expiresIn: tokens.expires_in,
})

/**
 * A session began. The one before it is over in this browser. In header mode the server is still to be told so; in cookie
 * mode it cannot be any more, and to try would end the new one: the cookies are its own by now.
 */
export function signedIn(kept: Kept, tokens: TokenAnswer, mode: Mode, wall: number, held = kept.sessionId): Kept {
  const before = held === tokens.session_id ? null : held
  return {
    ...received(kept, tokens, mode, wall),
    attempts: { generation: tokens.generation, pending: null, previous: null },
    ended: remember(kept.ended, before),
    owed: mode === 'cookie' ? [] : remember(kept.owed, kept.sessionId === tokens.session_id ? null : kept.refreshToken),
  }
}

/** A session that nobody here has signed in to, known by its cookie: a page without scripts, or another application. */
export function found(kept: Kept, marker: Marker): Kept {
  return {
    ...kept,
    sessionId: marker.sessionId,
    reason: null,
    attempts: { generation: marker.generation, pending: null, previous: null },
    receivedAt: 0,
    expiresIn: 0,
    ended: remember(kept.ended, kept.sessionId),
  }
}

/**
 * The cookie is ahead of the record where an answer was kept by the browser and no page lived to note it. The attempt that was pending
 * made that generation; sent once more, for the next, it would be worth something to whoever copied it meanwhile.
 */
export function caughtUp(kept: Kept, marker: Marker | null): Kept {
  const { attempts } = kept
  if (marker?.sessionId !== kept.sessionId || marker === null || marker.generation <= attempts.generation) return kept
  return { ...kept, attempts: settle(attempts, attempts.generation, marker.generation) }
}

/** An attempt goes on disk before it is sent. */
export function begun(kept: Kept, newAttempt: () => string): Kept {
  const attempts = begin(kept.attempts, newAttempt)
  return attempts === kept.attempts ? kept : { ...kept, attempts }
}

/** The answer to a refresh begun when the record said `begunAt`. A late one, or one for a session that is over, does nothing. */
export function renewed(kept: Kept, begunAt: number, tokens: TokenAnswer, mode: Mode, wall: number): Kept {
  if (kept.sessionId !== tokens.session_id) return kept
  const attempts = settle(kept.attempts, begunAt, tokens.generation)
  return attempts.generation === tokens.generation ? { ...received(kept, tokens, mode, wall), attempts } : kept
}

/** A session is over. `owed` is what the server is still to be told, or null where it is the server that said so. */
export function ended(kept: Kept, sessionId: string, reason: string, owed: string | null, wall: number): Kept {
  const after = { ...kept, ended: remember(kept.ended, sessionId), owed: remember(kept.owed, owed) }
  if (kept.sessionId !== sessionId && kept.sessionId !== null) return after
  return { ...after, version: nextVersion(kept, wall), sessionId: null, reason, refreshToken: null, accessToken: null }
}

export const owing = (kept: Kept, token: string): Kept => ({ ...kept, owed: remember(kept.owed, token) })

export const paid = (kept: Kept, token: string): Kept => ({ ...kept, owed: kept.owed.filter((owed) => owed !== token) })
