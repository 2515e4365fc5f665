import { refuse, type Reply } from '../../core/errors.ts'
import type { SessionAuth } from '../auth-types.ts'
import { customRefusalReply } from '../custom-replies.ts'
import type { RequestView } from '../request.ts'
import { isMode, refuseForgedSignIn, startSession } from '../start-session.ts'
import { limitedSignIn, type AccountOf, type CheckCredentials } from './limited-sign-in.ts'

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
  const body = await view.body()
  if (!body.ok) return customRefusalReply(auth, body)
  const { mode = 'header', ...credentials } = body.value
  if (!isMode(mode)) return customRefusalReply(auth, refuse('request_invalid'))
  const forged = await refuseForgedSignIn(auth, view, mode)
  if (forged) return forged
  const limited = await limitedSignIn(auth, view, credentials, check, accountOf)
  if (!limited.ok) return customRefusalReply(auth, limited)
  const { account } = limited
  if (account === null) return customRefusalReply(auth, refuse('credentials_invalid'))
  const { identity, ...options } = typeof account === 'string' ? { identity: account } : account
  const reply = await startSession(auth, view, { ...options, identity, mode })
  return { ...reply, headers: [...reply.headers, ...limited.deviceHeader(mode)] }
}
