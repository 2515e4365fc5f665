import type { End, Session } from '../store.ts'
import type { SessionContext } from './context.ts'

/** A session as its owner may see it: nothing in it opens anything. Instants in milliseconds since 1970. */
export type SessionInfo = Omit<Session, 'attempt' | 'used'>

/** Every session of an identity that is still stored, the newest first, with how each ended. Throws what the store throws. */
export async function listSessions(
  { settings, store }: SessionContext,
  identity: string,
): Promise<SessionInfo[]> {
  const now = settings.now()
  return (await store.list(identity)).map((row) => infoOf(row, now))
}

/** One session and why it ended; null where it is not stored any more. Throws what the store throws. */
export async function explain(
  { settings, store }: SessionContext,
  sessionId: string,
): Promise<SessionInfo | null> {
  const row = await store.read(sessionId)
  return row && infoOf(row, settings.now())
}

function infoOf({ attempt: _attempt, used: _used, ...row }: Session, now: number): SessionInfo {
  return { ...row, end: row.end ?? endByTime(row, now) }
}

function endByTime(
  { idleEndsAt, endsAt }: Pick<Session, 'idleEndsAt' | 'endsAt'>,
  now: number,
): End | null {
  if (now < idleEndsAt) return null
  return { at: idleEndsAt, reason: idleEndsAt === endsAt ? 'expired' : 'idle', details: null }
}
