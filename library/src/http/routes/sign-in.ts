import { settingsOf } from '../../core/settings-of-auth.ts'
import { refuse, type Reply } from '../../core/errors.ts'
import type { SignInOptions } from '../../core/session/sign-in.ts'
import type { Awaitable } from '../../core/store.ts'
import { tokenReply } from '../replies.ts'
import type { SessionAuth } from '../auth-types.ts'
import { readCookie } from '../cookies.ts'
import { checkOrigin } from '../csrf.ts'
import { customRefusalReply } from '../custom-replies.ts'
import { deviceOf, type RequestView } from '../request.ts'
import { sessionIdOf } from './sign-out.ts'

/**
 * The application's check of credentials. It gets the fields of the JSON or form body without
 * `mode`, and returns the identity, optionally with options of `signIn`; null if the credentials
 * are wrong. It should take as long for an unknown user as for a wrong password.
 */
export type CheckCredentials = (
  credentials: Record<string, unknown>,
) => Awaitable<string | (SignInOptions & { identity: string }) | null>

/**
 * `POST /login`: signs in and returns tokens, as JSON or, if the body has `mode: "cookie"`, in
 * cookies. If these replace the cookies of another session, that session ends.
 */
export async function signInRoute(
  auth: SessionAuth,
  view: RequestView,
  check: CheckCredentials,
): Promise<Reply> {
  const settings = settingsOf(auth)
  const body = await view.body()
  if (!body.ok) return customRefusalReply(auth, body)
  const { mode = 'header', ...credentials } = body.value
  if (mode !== 'header' && mode !== 'cookie')
    return customRefusalReply(auth, refuse('request_invalid'))
  // Login CSRF: another site must not be able to sign a browser in to an account of its choice.
  const forged = mode === 'cookie' && checkOrigin(settings, view, { cookies: false })
  if (forged) return customRefusalReply(auth, forged)
  const account = await check(credentials)
  if (account === null) return customRefusalReply(auth, refuse('credentials_invalid'))
  const { identity, ...options } = typeof account === 'string' ? { identity: account } : account
  const tokens = await auth.signIn(identity, { device: deviceOf(view), ...options })
  if (mode === 'cookie') await endReplacedSession(auth, view)
  return tokenReply(settings, tokens, mode)
}

/** Ends the session whose cookies the new ones replace. */
async function endReplacedSession(auth: SessionAuth, view: RequestView): Promise<void> {
  const token = readCookie(view.header('cookie'), settingsOf(auth).cookies.refresh.name)
  const sessionId = token === undefined ? null : sessionIdOf(auth, token)
  if (sessionId !== null) await auth.signOut(sessionId, 'replaced', deviceOf(view))
}
