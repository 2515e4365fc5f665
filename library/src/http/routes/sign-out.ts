import { settingsOf } from '../../core/settings-of-auth.ts'
import { refuse, type Reply } from '../../core/errors.ts'
import { decodeRefreshToken } from '../../core/session/refresh-token.ts'
import { ATTEMPT_HEADER } from '../../protocol.ts'
import { NO_STORE, withClearedCookies } from '../replies.ts'
import type { SessionAuth } from '../auth-types.ts'
import { checkOrigin } from '../csrf.ts'
import { customRefusalReply } from '../custom-replies.ts'
import { findToken } from '../find-token.ts'
import { deviceOf, isForAnotherSession, type RequestView } from '../request.ts'
import { readAttempts } from './refresh.ts'
import type { RouteContext } from './route.ts'

const NO_CONTENT: Reply = { status: 204, headers: [NO_STORE] }

/**
 * `POST /logout`: ends the session of the request's token, or every session of its identity if the
 * body has `everywhere: true`. Any token of the session is accepted, including an expired or
 * replaced one: signing out must not be harder than staying signed in. A replaced one ends its own
 * session only, as reused. Without a token there is nothing to end, and the reply is the same 204.
 * If the cookies already belong to a later session than the one that the request names, they are
 * left alone.
 */
export async function signOutRoute(
  auth: SessionAuth,
  view: RequestView,
  { freshToEndOthers }: RouteContext,
): Promise<Reply> {
  const settings = settingsOf(auth)
  const refreshToken = await findToken(settings, view, 'refresh', ['headers', 'json', 'cookies'])
  const found =
    refreshToken && 'token' in refreshToken
      ? refreshToken
      : ((await findToken(settings, view, 'access', ['cookies'])) ?? refreshToken)
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
  const everywhere = body.ok && body.value.everywhere === true
  const revoked =
    sessionId === null
      ? null
      : await auth.revokeToken(found!.token, {
          attempts: readAttempts(view.header(ATTEMPT_HEADER)) ?? null,
          device: deviceOf(view),
          everywhere,
          freshToEndOthers,
        })
  // Without `everywhere` the session has ended, which is all that was asked for.
  const reply =
    everywhere && revoked?.ok === false ? await customRefusalReply(auth, revoked) : NO_CONTENT
  return sentByScript ? reply : withClearedCookies(settings, reply)
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
