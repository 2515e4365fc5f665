import { settingsOf } from '../../core/settings-of-auth.ts'
import { refuse, type Reply } from '../../core/errors.ts'
import { ATTEMPT_HEADER } from '../../protocol.ts'
import { tokenReply } from '../replies.ts'
import type { SessionAuth } from '../auth-types.ts'
import { checkOrigin } from '../csrf.ts'
import { customRefusalReply } from '../custom-replies.ts'
import { deviceOf, type RequestView } from '../request.ts'
import { limitedSignIn, type AccountOf, type CheckCredentials } from './limited-sign-in.ts'
import { readAttempts } from './refresh.ts'
import { endReplacedSessions } from '../sessions-of-cookies.ts'

/**
 * `POST /login`: signs in and returns tokens, as JSON or, if the body has `mode: "cookie"`, in
 * cookies. If these replace the cookies of another session, that session ends.
 */
export async function signInRoute(
  auth: SessionAuth,
  view: RequestView,
  check: CheckCredentials,
  accountOf?: AccountOf,
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
  const limited = await limitedSignIn(auth, view, credentials, check, accountOf)
  if (!limited.ok) return customRefusalReply(auth, limited)
  const { account } = limited
  if (account === null) return customRefusalReply(auth, refuse('credentials_invalid'))
  const { identity, ...options } = typeof account === 'string' ? { identity: account } : account
  const attempts = readAttempts(view.header(ATTEMPT_HEADER)) ?? null
  const tokens = await auth.signIn(identity, { device: deviceOf(view), attempts, ...options })
  if (mode === 'cookie') await endReplacedSessions(auth, view)
  const reply = tokenReply(settings, tokens, mode)
  return { ...reply, headers: [...reply.headers, ...limited.deviceHeader(mode)] }
}
