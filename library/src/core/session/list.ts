import type { End, Session } from '../store.ts'
import type { SessionContext } from './context.ts'

/** A session as its owner may see it. It holds no secret. Times are in milliseconds since 1970. */
export type SessionInfo = Omit<Session, 'attempt' | 'used'>

/**
 * All stored sessions of an identity, newest first, including those that ended. Rejects with the
 * store's own error.
 */
export async function listSessions(
  { settings, store }: SessionContext,
  identity: string,
): Promise<SessionInfo[]> {
  const now = settings.now()
  return (await store.list(identity)).map((row) => toSessionInfo(row, now))
}

/**
 * One session, and how it ended if it did; null if the store does not have it. Rejects with the
 * store's own error.
 */
export async function explain(
  { settings, store }: Pick<SessionContext, 'settings' | 'store'>,
  sessionId: string,
): Promise<SessionInfo | null> {
  const row = await store.read(sessionId)
  return row && toSessionInfo(row, settings.now())
}

function toSessionInfo(
  { attempt: _attempt, used: _used, ...row }: Session,
  now: number,
): SessionInfo {
  return { ...row, end: row.end ?? endByLifetime(row, now) }
}

/** The end of a session whose idle or absolute lifetime is over. The store does not record it. */
function endByLifetime(
  { idleEndsAt, endsAt }: Pick<Session, 'idleEndsAt' | 'endsAt'>,
  now: number,
): End | null {
  if (now < idleEndsAt) return null
  return { at: idleEndsAt, reason: idleEndsAt === endsAt ? 'expired' : 'idle', details: null }
}
