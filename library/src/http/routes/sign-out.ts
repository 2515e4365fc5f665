import { refuse } from '../../core/errors.ts'
import { readRefreshToken } from '../../core/session/refresh-token.ts'
import { withClearedCookies } from '../replies.ts'
import type { Auth } from '../auth.ts'
import { ACCESS, findToken, REFRESH } from '../find-token.ts'
import { checkOrigin } from '../csrf.ts'
import { customRefusalReply } from '../custom-replies.ts'
import type { Reply } from '../../core/errors.ts'
import { isForAnotherSession, deviceOf, type RequestView } from '../request.ts'
import type { Device } from '../../protocol.ts'

const DONE: Reply = { status: 204, headers: [['Cache-Control', 'no-store']] }

/**
 * Ends the session that the request's token names; all of its person's, where the body says `everywhere`. Any token of it will do, an
 * expired or replaced one too: signing out must never be harder than staying in. Without a token there is nothing to end, and the answer
 * is the same. A sign-out that comes late, when the cookies are those of somebody who signed in since, leaves them alone.
 */
export async function signOutRoute(auth: Auth, view: RequestView): Promise<Reply> {
  const { settings } = auth
  const refreshToken = await findToken(settings, view, REFRESH, ['headers', 'json', 'cookies'])
  const found = refreshToken ?? (await findToken(settings, view, ACCESS, ['cookies']))
  if (found !== null && 'ok' in found) return customRefusalReply(auth, found)
  // A token that script sent proves who asks. Cookies do not, and taking them away is a change as well.
  const byToken = found !== null && found.location !== 'cookies'
  const forged = !byToken && checkOrigin(settings, view, { cookies: found !== null })
  if (forged) return customRefusalReply(auth, forged)
  const sessionId = found && (await sessionOf(auth, found.token))
  if (sessionId === null && byToken) return customRefusalReply(auth, refuse('token_invalid'))
  if (!byToken && sessionId !== null && isForAnotherSession(view, sessionId)) return DONE
  const body = await view.body()
  if (sessionId !== null)
    await end(auth, sessionId, deviceOf(view), body.ok && body.value.everywhere === true)
  return byToken ? DONE : withClearedCookies(settings, DONE)
}

/** Everywhere only while the session lives: a token of one that is over says nothing for those that came after it. */
async function end(
  auth: Auth,
  sessionId: string,
  device: Device,
  everywhere: boolean,
): Promise<void> {
  const session = everywhere ? await auth.explain(sessionId) : null
  await auth.signOut(sessionId, 'signed-out', device)
  if (session?.end === null) await auth.signOutEverywhere(session.identity, { device })
}

/** The session that an authentic token belongs to. */
export async function sessionOf(auth: Auth, token: string): Promise<string | null> {
  const named = readRefreshToken(auth.settings.refreshKeys, token)
  if (named !== null) return named.sessionId
  const decoded = await auth.decodeToken(token, { allowExpired: true })
  return decoded.ok ? (decoded.claims.sid ?? null) : null
}
