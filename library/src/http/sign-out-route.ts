import { refuse } from '../core/errors.ts'
import { readRefreshToken } from '../core/session/refresh-token.ts'
import { refusalReply, withoutCookies } from './answers.ts'
import type { Auth } from './auth.ts'
import { ACCESS, findToken, REFRESH } from './credentials.ts'
import { checkOrigin } from './csrf.ts'
import type { Reply, RequestView } from './view.ts'

/**
 * Ends the session that the request's token names. Any token of it will do, an expired or replaced one too: signing out must never be
 * harder than staying in. Without a token there is nothing to end, and the answer is the same.
 */
export async function signOutRoute(auth: Auth, view: RequestView): Promise<Reply> {
  const { settings } = auth
  const refreshToken = await findToken(settings, view, REFRESH, ['headers', 'json', 'cookies'])
  const found = refreshToken ?? (await findToken(settings, view, ACCESS, ['cookies']))
  if (found !== null && 'ok' in found) return refusalReply(found)
  // A token that script sent proves who asks. Cookies do not, and taking them away is a change as well.
  const byToken = found !== null && found.location !== 'cookies'
  const forged = !byToken && checkOrigin(settings, view, { cookies: found !== null })
  if (forged) return refusalReply(forged)
  const sessionId = found && sessionOf(auth, found.token)
  if (sessionId !== null) await auth.signOut(sessionId)
  else if (byToken) return refusalReply(refuse('token_invalid'))
  const reply: Reply = { status: 204, headers: [['Cache-Control', 'no-store']] }
  return byToken ? reply : withoutCookies(settings, reply)
}

/** The session that an authentic token belongs to. */
export function sessionOf(auth: Auth, token: string): string | null {
  const named = readRefreshToken(auth.settings.refreshKeys, token)
  if (named !== null) return named.sessionId
  const decoded = auth.decodeToken(token, { allowExpired: true })
  return decoded.ok ? (decoded.claims.sid ?? null) : null
}
