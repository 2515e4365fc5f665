import { readAttempts } from 'latchkey'
import { sendTokens } from 'latchkey/hono'
import { ATTEMPT_HEADER, DEVICE_HEADER, type Mode } from 'latchkey/protocol'
import { DEVICE_LIFETIME } from '../accounts/known-devices.ts'
import type { ProvenUser } from '../accounts/users.ts'
import { problem, type Problem } from '../errors.ts'
import type { Services } from '../services.ts'
import { cookieName, readCookie, setCookie } from './cookies.ts'
import { requestDevice, type RequestContext } from './request.ts'

/**
 * Starts the session of a person who has proven to own an account and, in cookie mode, ends the
 * session whose cookies it replaces. Every way in ends here.
 */
export async function completeSignIn(
  services: Services,
  context: RequestContext,
  { user, deviceId, methods }: ProvenUser,
  mode: Mode,
): Promise<Response | Problem> {
  const { auth, users, devices, https } = services
  const device = requestDevice(services, context)
  const tokens = await auth.signIn(user.id, {
    claims: { username: user.username, amr: methods },
    device,
    attempts: readAttempts(context.req.header(ATTEMPT_HEADER)) ?? null,
  })
  // The password may have changed during the check. The change ended only sessions that existed.
  if ((await users.byId(user.id))?.passwordVersion !== user.passwordVersion) {
    await auth.signOut(tokens.sessionId, 'password-changed')
    return problem('credentials_invalid')
  }
  const previous = mode === 'cookie' ? previousSession(services, context) : null
  if (previous !== null) await auth.signOut(previous, 'replaced', device)
  // Not before: the session that was replaced makes room, so that no other has to end.
  const limit = { max: services.config.maxSessions, keep: tokens.sessionId }
  await auth.limitSessions(user.id, limit)
  const response = sendTokens(auth, tokens, mode)
  const deviceToken = devices.createCookie(user, deviceId)
  if (mode === 'header') {
    response.headers.set(DEVICE_HEADER, deviceToken)
    return response
  }
  const deviceCookie = setCookie(cookieName(https, 'device'), deviceToken, {
    lifetime: DEVICE_LIFETIME,
    secure: https,
  })
  response.headers.append('Set-Cookie', deviceCookie)
  return response
}

/** Returns the session id in the access cookie of the request. The token may have expired. */
function previousSession({ auth, https }: Services, context: RequestContext): string | null {
  const token = readCookie(context, cookieName(https, 'access'))
  const decoded = token === undefined ? null : auth.decodeToken(token, { allowExpired: true })
  return decoded?.ok === true ? (decoded.claims.sid ?? null) : null
}
