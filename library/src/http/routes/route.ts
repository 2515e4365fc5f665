import { refuse, type Reply } from '../../core/errors.ts'
import { refusalReply } from '../replies.ts'
import type { SessionAuth } from '../auth-types.ts'
import type { Authenticated } from '../authenticate.ts'
import { customRefusalReply } from '../custom-replies.ts'
import type { RequestView } from '../request.ts'

/** What a route needs in addition to the request. */
export interface RouteContext {
  /** The session id in the path; empty for a route without one. */
  id: string
  /** The option of the same name. */
  freshToEndOthers: boolean
}

/** Handles one method of one path. */
export type Route = (auth: SessionAuth, view: RequestView, context: RouteContext) => Promise<Reply>

/** The sender of a request whose access token belongs to a session. */
export type SessionOwner = Authenticated & { sessionId: string }

export type SessionRoute = (
  auth: SessionAuth,
  view: RequestView,
  owner: SessionOwner,
  context: RouteContext,
) => Promise<Reply>

/** Wraps a route that needs a valid access token of a session. Everything else gets a 401. */
export function requireSession(route: SessionRoute): Route {
  return async (auth, view, context) => {
    const result = await auth.authenticate(view)
    if (!result.ok) return refusalReply(result)
    if (result.identity === null || result.sessionId === null)
      return customRefusalReply(auth, refuse('token_missing'))
    return route(auth, view, { ...result, sessionId: result.sessionId }, context)
  }
}
