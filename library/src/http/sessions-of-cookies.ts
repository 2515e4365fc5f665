import type { Settings } from '../core/options.ts'
import { settingsOf } from '../core/settings-of-auth.ts'
import type { SessionAuth } from './auth-types.ts'
import { decodeRefreshToken } from '../core/session/refresh-token.ts'
import { readCandidates, readCookies } from './cookies.ts'
import { refreshCandidates } from './refresh-candidates.ts'
import { deviceOf, type RequestView } from './request.ts'

/**
 * The sessions that the cookies of a request belong to, each with a token that proves it: a refresh
 * token, the newest if there are several, or else an access token, which may have expired. With
 * cookies of different domains or paths there can be several sessions, and not every route receives
 * every cookie.
 */
export function sessionsOfCookies(auth: SessionAuth, view: RequestView): Map<string, string> {
  const settings = settingsOf(auth)
  const sessions = new Map<string, string>()
  for (const token of [
    ...refreshCandidates(settings, view, everyValue(settings, view, 'refresh')),
    ...everyValue(settings, view, 'access'),
  ]) {
    const sessionId = sessionIdOf(auth, token)
    if (sessionId !== null && !sessions.has(sessionId)) sessions.set(sessionId, token)
  }
  return sessions
}

/** With those of a cookie whose name had a weaker prefix before its domain or path was removed. */
function everyValue(
  { cookies }: Settings,
  view: RequestView,
  kind: 'access' | 'refresh',
): readonly string[] {
  const header = view.header('cookie')
  const { weakerName } = cookies[kind]
  const values = readCandidates(header, cookies[kind])
  return weakerName === null ? values : [...values, ...readCookies(header, weakerName)]
}

/**
 * The id of the session that an authentic refresh or access token belongs to; null for any other.
 */
export function sessionIdOf(auth: SessionAuth, token: string): string | null {
  const refreshToken = decodeRefreshToken(settingsOf(auth).refreshKeys, token)
  if (refreshToken !== null) return refreshToken.sessionId
  const decoded = auth.decodeToken(token, { allowExpired: true })
  return decoded.ok ? (decoded.claims.sid ?? null) : null
}

/** Ends the sessions whose cookies are replaced by those of a new sign-in. */
export async function endReplacedSessions(auth: SessionAuth, view: RequestView): Promise<void> {
  for (const sessionId of sessionsOfCookies(auth, view).keys())
    await auth.signOut(sessionId, 'replaced', deviceOf(view))
}
