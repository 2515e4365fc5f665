import { refuse } from '../../core/errors.ts'
import type { SignInOptions } from '../../core/session/sign-in.ts'
import type { Awaitable } from '../../core/store.ts'
import { tokenReply } from '../replies.ts'
import type { Auth } from '../auth.ts'
import { readCookie } from '../cookies.ts'
import { checkOrigin } from '../csrf.ts'
import { sessionOf } from './sign-out.ts'
import { customRefusalReply } from '../custom-replies.ts'
import type { Reply } from '../../core/errors.ts'
import { deviceOf, type RequestView } from '../request.ts'

/**
 * The application's check of a sign-in: what the form or the JSON said, without `mode`. It answers the identity, perhaps with what
 * `signIn` takes, or null where the credentials are not right. An unknown user should cost it as much time as a wrong password.
 */
export type CheckCredentials = (
  credentials: Record<string, unknown>,
) => Awaitable<string | (SignInOptions & { identity: string }) | null>

/** Answers a sign-in with tokens: in JSON, or, where the body says `mode` `cookie`, in cookies. The session that they replace ends. */
export async function signInRoute(
  auth: Auth,
  view: RequestView,
  check: CheckCredentials,
): Promise<Reply> {
  const { settings } = auth
  const body = await view.body()
  if (!body.ok) return customRefusalReply(auth, body)
  const { mode = 'header', ...credentials } = body.value
  if (mode !== 'header' && mode !== 'cookie')
    return customRefusalReply(auth, refuse('request_invalid'))
  // Cookies that another site made a browser take would sign its person in as somebody else.
  const forged = mode === 'cookie' && checkOrigin(settings, view, { cookies: false })
  if (forged) return customRefusalReply(auth, forged)
  const who = await check(credentials)
  if (who === null) return customRefusalReply(auth, refuse('credentials_invalid'))
  const { identity, ...options } = typeof who === 'string' ? { identity: who } : who
  const tokens = await auth.signIn(identity, { device: deviceOf(view), ...options })
  if (mode === 'cookie') await endReplaced(auth, view)
  return tokenReply(settings, tokens, mode)
}

async function endReplaced(auth: Auth, view: RequestView): Promise<void> {
  const token = readCookie(view.header('cookie'), auth.settings.cookies.refresh.name)
  const sessionId = token === undefined ? null : await sessionOf(auth, token)
  if (sessionId !== null) await auth.signOut(sessionId, 'replaced', deviceOf(view))
}
