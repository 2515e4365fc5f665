import { settingsOf } from '../../core/settings-of-auth.ts'
import { refuse, type Reply } from '../../core/errors.ts'
import { decodeRefreshToken } from '../../core/session/refresh-token.ts'
import type { Device } from '../../protocol.ts'
import { NO_STORE, withClearedCookies } from '../replies.ts'
import type { SessionAuth } from '../auth-types.ts'
import { checkOrigin } from '../csrf.ts'
import { customRefusalReply } from '../custom-replies.ts'
import { findToken } from '../find-token.ts'
import { deviceOf, isForAnotherSession, type RequestView } from '../request.ts'

const NO_CONTENT: Reply = { status: 204, headers: [NO_STORE] }

/**
 * `POST /logout`: ends the session of the request's token, or every session of its identity if the
 * body has `everywhere: true`. Any token of the session is accepted, including an expired or
 * replaced one: signing out must not be harder than staying signed in. Without a token there is
 * nothing to end, and the reply is the same 204. If the cookies already belong to a later session
 * than the one that the request names, they are left alone.
 */
export async function signOutRoute(auth: SessionAuth, view: RequestView): Promise<Reply> {
  const settings = settingsOf(auth)
  const refreshToken = await findToken(settings, view, 'refresh', ['headers', 'json', 'cookies'])
  const found = refreshToken ?? (await findToken(settings, view, 'access', ['cookies']))
  if (found !== null && 'ok' in found) return customRefusalReply(auth, found)
  // A token in a header or a body was sent by script. Cookies come along with forged requests too,
  // and clearing them is a change of state even if there are none to read.
  const sentByScript = found !== null && found.location !== 'cookies'
  const forged = !sentByScript && checkOrigin(settings, view, { cookies: found !== null })
  if (forged) return customRefusalReply(auth, forged)
  const sessionId = found && sessionIdOf(auth, found.token)
  if (sessionId === null && sentByScript) return customRefusalReply(auth, refuse('token_invalid'))
  if (!sentByScript && sessionId !== null && isForAnotherSession(view, sessionId)) return NO_CONTENT
  const body = await view.body()
  if (sessionId !== null)
    await endSession(auth, sessionId, deviceOf(view), body.ok && body.value.everywhere === true)
  return sentByScript ? NO_CONTENT : withClearedCookies(settings, NO_CONTENT)
}

/** A token of a session that has already ended does not end the other sessions of its identity. */
async function endSession(
  auth: SessionAuth,
  sessionId: string,
  device: Device,
  everywhere: boolean,
): Promise<void> {
  const session = everywhere ? await auth.explain(sessionId) : null
  await auth.signOut(sessionId, 'signed-out', device)
  if (session?.end === null) await auth.signOutEverywhere(session.identity, { device })
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
