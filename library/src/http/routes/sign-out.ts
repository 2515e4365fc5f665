import { settingsOf } from '../../core/settings-of-auth.ts'
import { refuse, type Refusal, type Reply } from '../../core/errors.ts'
import { endedCode } from '../../core/session/decide.ts'
import type { Revoked, RevokeOptions } from '../../core/session/revoke-token.ts'
import { ATTEMPT_HEADER } from '../../protocol.ts'
import { NO_STORE, withClearedCookies } from '../replies.ts'
import type { SessionAuth } from '../auth-types.ts'
import { checkOrigin } from '../csrf.ts'
import { customRefusalReply } from '../custom-replies.ts'
import { findToken } from '../find-token.ts'
import { deviceOf, isForAnotherSession, type RequestView } from '../request.ts'
import { sessionIdOf, sessionsOfCookies } from '../sessions-of-cookies.ts'
import { readAttempts } from '../read-attempts.ts'
import type { RouteContext } from './route.ts'

const NO_CONTENT: Reply = { status: 204, headers: [NO_STORE] }

/**
 * `POST /logout`: ends the session of the request's token, or every session of its identity if the
 * body has `everywhere: true`. Any token of the session is accepted, including an expired or
 * replaced one: signing out must not be harder than staying signed in. A replaced one ends its own
 * session only, as reused. If nothing ended, the reply is a 401 that says why; cookies are cleared
 * all the same. If the cookies already belong to a later session than the one that the request
 * names, they are left alone.
 */
export async function signOutRoute(
  auth: SessionAuth,
  view: RequestView,
  { freshToEndOthers }: RouteContext,
): Promise<Reply> {
  const settings = settingsOf(auth)
  // Before a body is read, which may take long.
  const arrivedAt = settings.now()
  const found = await findToken(settings, view, 'refresh', ['headers', 'json', 'cookies'])
  // A token in a header or a body was sent by script. Cookies come along with forged requests too,
  // and clearing them is a change of state even if there are none to read.
  const byScript = found !== null && 'token' in found && found.location !== 'cookies'
  const sessions = byScript ? sessionOfToken(auth, found.token) : sessionsOfCookies(auth, view)
  if (found !== null && 'ok' in found && sessions.size === 0) return customRefusalReply(auth, found)
  const hasCookies = found !== null || sessions.size > 0
  const forged = !byScript && checkOrigin(settings, view, { cookies: hasCookies })
  if (forged) return customRefusalReply(auth, forged)
  if (sessions.size === 0) {
    const refusal = refuse(found === null ? 'token_missing' : 'token_invalid')
    const reply = await customRefusalReply(auth, refusal)
    return byScript ? reply : withClearedCookies(settings, reply)
  }
  const isNamed = [...sessions.keys()].some((id) => !isForAnotherSession(view, id))
  if (!byScript && !isNamed) return customRefusalReply(auth, refuse('session_mismatch'))
  const body = await view.body()
  const everywhere = body.ok && body.value.everywhere === true
  const refusal = await revokeAll(auth, sessions, {
    attempts: readAttempts(view.header(ATTEMPT_HEADER)) ?? null,
    device: deviceOf(view),
    arrivedAt,
    everywhere,
    freshToEndOthers,
  })
  const reply = refusal === null ? NO_CONTENT : await customRefusalReply(auth, refusal)
  const isUndecided = refusal?.code === 'temporarily_unavailable'
  return byScript || isUndecided ? reply : withClearedCookies(settings, reply)
}

/** The session of a token, in the form of `sessionsOfCookies`. */
function sessionOfToken(auth: SessionAuth, token: string): Map<string, string> {
  const sessionId = sessionIdOf(auth, token)
  return new Map(sessionId === null ? [] : [[sessionId, token]])
}

/** Ends sessions by their tokens. Returns null if one has ended, or else why none has. */
async function revokeAll(
  auth: SessionAuth,
  sessions: ReadonlyMap<string, string>,
  options: RevokeOptions,
): Promise<Refusal | null> {
  const results: Array<Revoked | Refusal> = []
  for (const token of sessions.values()) results.push(await auth.revokeToken(token, options))
  const refusal = results.find((result) => !result.ok)
  // A replaced token has ended its session, which is all that was asked for without `everywhere`.
  if (refusal !== undefined)
    return refusal.code === 'refresh_token_reused' && !options.everywhere ? null : refusal
  if (results.some((result) => result.ok && result.ended > 0)) return null
  const session = await auth.explain(sessions.keys().next().value!)
  return refuse(session === null ? 'session_unknown' : endedCode(session))
}
