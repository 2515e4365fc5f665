import { ENDED_CODES } from '../protocol.ts'
import type { Mode, TokenAnswer } from '../protocol.ts'
import { attemptHeader } from './attempts.ts'
import { begun, caughtUp, ended, found, renewed, signedIn } from './changes.ts'
import { dueAt, pause, receiptOf } from './clock.ts'
import { readMarker } from './marker.ts'
import type { Settings } from './options.ts'
import type { Kept, RecordFile } from './record.ts'
import type { Reply, Server } from './server.ts'
import type { Held } from './session.ts'

/**
 * How a renewal came out. `changed`: the session was over or replaced meanwhile; `landed` if tokens came, or may have come, for
 * it all the same.
 */
export type Outcome =
  | { did: 'renewed' | 'adopted'; kept: Kept }
  | { did: 'ended'; code: string }
  | { did: 'changed'; landed: boolean }
  | { did: 'failed'; retryAfter: number }

/** Milliseconds between the tries of one renewal. */
const DELAYS = [250, 750]
/** The longest that one try may take, and all of them: less than other tabs wait for the lock. Milliseconds. */
const LONGEST_TRY = 5000
const LONGEST_RENEWAL = 9500

const NO_REPLY: Reply = { status: 0, body: {}, retryAfter: 0 }

/** The whole of what happens under the lock: read again, keep the attempt, ask, keep the answer. */
export async function renewSession(held: Held, settings: Settings, record: RecordFile, server: Server): Promise<Outcome> {
  const { mode } = settings
  // Cookie mode can go on where storage fails: the tokens are elsewhere. In header mode they would be lost.
  const forgiving = mode === 'cookie'
  const { sessionId } = held
  const marker = settings.marked ? readMarker() : null
  let newer = false
  const end = performance.now() + LONGEST_RENEWAL
  const start = (read: Kept): Kept => {
    const isFound = marker?.sessionId === sessionId && read.sessionId !== sessionId && !read.ended.includes(sessionId)
    const kept = isFound ? found(read, marker) : caughtUp(read, marker)
    newer = isNewer(kept, held)
    return newer || kept.sessionId !== sessionId ? kept : begun(kept, newAttempt)
  }
  try {
    const before = await record.update(start, forgiving)
    if (before.sessionId !== sessionId) return { did: 'changed', landed: false }
    if (newer) return { did: 'adopted', kept: before }
    const reply = await ask(held, server, mode, before, end)
    const tokens = server.tokensIn(reply)
    if (tokens) return await keep(tokens, held, before, record, mode)
    const code = endIn(reply, mode)
    if (code !== null) return await finish(code, held, record)
    // Given up in the middle: whether its cookies were kept all the same, nobody knows.
    if (held.over.signal.aborted) return { did: 'changed', landed: true }
    return { did: 'failed', retryAfter: reply.retryAfter }
  } catch {
    // Storage failed. The attempt is on disk or was never sent: asking again gives the same tokens.
    return { did: 'failed', retryAfter: 0 }
  }
}

/** Another tab has renewed since, and what it got will last. */
function isNewer(kept: Kept, held: Held): boolean {
  if (kept.sessionId !== held.sessionId || kept.version <= held.version) return false
  return dueAt(receiptOf(kept.receivedAt, kept.expiresIn, Date.now(), performance.now())) > performance.now()
}

async function ask(held: Held, server: Server, mode: Mode, { refreshToken, attempts }: Kept, end: number): Promise<Reply> {
  for (let tried = 0; ; tried++) {
    const left = end - performance.now()
    // The page slept: the attempt is stale, and the cookie may be another tab's by now. Together they would look like a theft.
    if (left <= 0) return NO_REPLY
    const reply = await server.refresh(refreshToken, attemptHeader(attempts), Math.min(LONGEST_TRY, left), held.over.signal)
    const delay = Math.max(reply.retryAfter * 1000, (DELAYS[tried] ?? Infinity) * (0.75 + Math.random() / 2))
    const hopeless = performance.now() + delay > end - 1000 || held.over.signal.aborted
    if (hopeless || server.tokensIn(reply) || endIn(reply, mode) !== null) return reply
    await pause(delay)
  }
}

/** The code by which our own refresh route says that the session is over for good. Nothing else does. */
export function endIn({ status, body: { error } }: Reply, mode: Mode): string | null {
  if (status !== 401 || typeof error !== 'string') return null
  // Without a cookie to send, this browser is signed out, whatever the server thinks of the session.
  const over = (ENDED_CODES as readonly string[]).includes(error) || (mode === 'cookie' && error === 'token_missing')
  return over ? error : null
}

async function keep(tokens: TokenAnswer, held: Held, before: Kept, record: RecordFile, mode: Mode): Promise<Outcome> {
  const { sessionId } = held
  const change = (now: Kept): Kept => {
    if (now.sessionId !== sessionId) return now
    // The cookies turned out to be those of another session, so that is the one there is.
    if (tokens.session_id !== sessionId) return signedIn(now, tokens, mode, Date.now())
    return renewed(now, before.attempts.generation, tokens, mode, Date.now())
  }
  const kept = await record.update(change, mode === 'cookie')
  if (kept.sessionId !== sessionId) return { did: 'changed', landed: tokens.session_id === sessionId }
  return { did: 'renewed', kept }
}

async function finish(code: string, { sessionId }: Held, record: RecordFile): Promise<Outcome> {
  const change = (now: Kept): Kept => (now.sessionId === sessionId ? ended(now, sessionId, code, null, Date.now()) : now)
  const kept = await record.update(change, true)
  return kept.ended.includes(sessionId) && kept.sessionId === null ? { did: 'ended', code } : { did: 'changed', landed: false }
}

/** 128 random bits in base64url. */
export function newAttempt(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}
