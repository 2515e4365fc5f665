import { settingsOf } from '../../core/settings-of-auth.ts'
import { refuse, type Reply } from '../../core/errors.ts'
import type { SessionInfo } from '../../core/session/list.ts'
import type { SessionResponse } from '../../protocol.ts'
import { NO_STORE, withClearedCookies } from '../replies.ts'
import type { SessionAuth } from '../auth-types.ts'
import { customRefusalReply } from '../custom-replies.ts'
import { deviceOf, type RequestView } from '../request.ts'
import type { RouteContext, SessionOwner } from './route.ts'

/**
 * `GET /sessions?limit&cursor`: a page of the sessions of the identity, the current one marked and
 * first. `next_cursor` is null on the last page.
 */
export async function listSessionsRoute(
  auth: SessionAuth,
  view: RequestView,
  { identity, sessionId }: SessionOwner,
): Promise<Reply> {
  const parameters = new URLSearchParams(view.query)
  const { sessions, nextCursor } = await auth.sessions(identity, {
    ...(parameters.has('limit') && { limit: Number(parameters.get('limit')) }),
    cursor: parameters.get('cursor'),
    current: sessionId,
  })
  return {
    status: 200,
    headers: [NO_STORE],
    body: {
      sessions: sessions.map((session) => sessionResponse(session, sessionId)),
      next_cursor: nextCursor,
    },
  }
}

/**
 * `DELETE /sessions`: ends every other session of the identity, and returns how many there were.
 */
export async function endOtherSessionsRoute(
  auth: SessionAuth,
  view: RequestView,
  { identity, sessionId, fresh }: SessionOwner,
  { freshToEndOthers }: RouteContext,
): Promise<Reply> {
  if (freshToEndOthers && !fresh) return customRefusalReply(auth, refuse('fresh_required'))
  const ended = await auth.signOutEverywhere(identity, {
    except: sessionId,
    device: deviceOf(view),
  })
  return { status: 200, headers: [NO_STORE], body: { ended } }
}

/**
 * `DELETE /sessions/:id`: ends one session of the identity. A session of another identity gives the
 * same 404 as a session that does not exist, and does not reveal that it exists. So does one that
 * has ended before.
 */
export async function endSessionRoute(
  auth: SessionAuth,
  view: RequestView,
  { identity, sessionId, fresh }: SessionOwner,
  { id, freshToEndOthers }: RouteContext,
): Promise<Reply> {
  const isOwnSession = id === sessionId
  if (freshToEndOthers && !fresh && !isOwnSession)
    return customRefusalReply(auth, refuse('fresh_required'))
  const session = await auth.explain(id)
  if (session === null || session.identity !== identity)
    return customRefusalReply(auth, refuse('not_found'))
  if (!(await auth.signOut(id, 'signed-out', deviceOf(view))))
    return customRefusalReply(auth, refuse('not_found'))
  const reply: Reply = { status: 204, headers: [NO_STORE] }
  return isOwnSession ? withClearedCookies(settingsOf(auth), reply) : reply
}

/**
 * A session as it goes over the wire. Times are ISO 8601 in UTC; `current` is the caller's session
 * id.
 */
export function sessionResponse(session: SessionInfo, current: string | null): SessionResponse {
  return {
    id: session.id,
    current: session.id === current,
    device: session.device,
    created_at: isoTime(session.createdAt),
    last_used_at: isoTime(session.issuedAt),
    idle_ends_at: isoTime(session.idleEndsAt),
    ends_at: isoTime(session.endsAt),
    generation: session.generation,
    ended: session.end && {
      at: isoTime(session.end.at),
      reason: session.end.reason,
      details: session.end.details,
    },
  }
}

const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString()
