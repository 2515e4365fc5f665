import { readTicket, type Binding } from 'latchkey'
import { problem } from '../../errors.ts'
import { openApi } from '../../openapi/document.ts'
import type { Services } from '../../services.ts'
import { describeSession } from '../../sessions/describe-session.ts'
import { requestView, type Handler } from '../request.ts'
import { json, sendProblemJson } from '../responses.ts'
import { signedInRoute } from './require-token.ts'
import type { Routes } from './route-types.ts'

/** The routes for programs, other than those that start, refresh and end sessions. */
export function apiRoutes(services: Services): Routes {
  const { auth, users, readiness } = services
  const document = openApi(services)
  return {
    '/protected': {
      GET: signedInRoute(services, (_context, { username }) => json({ logged_in_as: username })),
    },
    '/session': {
      GET: signedInRoute(services, async (_context, user) => {
        const session = await auth.explain(user.sessionId)
        return session === null
          ? sendProblemJson(problem('session_unknown'))
          : json(await describeSession(services, user, session))
      }),
    },
    '/session/events': { GET: eventStream(services) },
    '/healthz': {
      GET: async () => {
        // Throws if the database fails; the response is then 503.
        await users.isEmpty()
        return json({ status: 'ok' })
      },
    },
    '/readyz': {
      GET: async () => {
        if (readiness.isStopping) return sendProblemJson(problem('temporarily_unavailable'))
        await readiness.check()
        return json({ status: 'ok' })
      },
    },
    '/openapi.json': { GET: () => json(document) },
  }
}

function eventStream(services: Services): Handler {
  const { auth, streams } = services
  return async (context) => {
    const ticket = readTicket(context.req.url)
    const result = await (ticket === null
      ? auth.authenticate(requestView(services, context))
      : auth.redeemTicket(ticket))
    if (!result.ok) return sendProblemJson(problem(result.code))
    // The response to HEAD has no body, so nothing would close the stream.
    if (context.req.method === 'HEAD') return sendProblemJson(problem('method_not_allowed'))
    const sessionId = result.sessionId!
    let binding: Binding | undefined
    const stream = streams.open(sessionId, () => binding?.release())
    if (stream === null) return sendProblemJson(problem('too_many_streams'))
    // Deferred: if this process ended the session, the event that says so is sent first.
    binding = auth.bindConnection(result, () => setImmediate(() => streams.end(sessionId)))
    return new Response(stream, {
      headers: {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'X-Accel-Buffering': 'no',
      },
    })
  }
}
