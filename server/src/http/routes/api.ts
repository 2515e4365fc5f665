import { readTicket, type Binding } from 'latchkey'
import { json, sendProblemJson } from '../answers.ts'
import { describeSession } from '../../sessions/describe-session.ts'
import { problem } from '../../errors.ts'
import { openApi } from '../../openapi/document.ts'
import { view } from '../request.ts'
import type { Services } from '../../services.ts'
import { signedIn } from './signed-in.ts'
import type { Routes } from './table.ts'

/** What a program asks for beside signing in and out. */
export function apiRoutes(services: Services): Routes {
  const { auth, users, streams } = services
  const document = openApi(services)
  return {
    '/protected': {
      GET: signedIn(services, (_context, { username }) => json({ logged_in_as: username })),
    },
    '/session': {
      GET: signedIn(services, async (_context, visitor) => {
        const session = await auth.explain(visitor.sessionId)
        return session === null
          ? sendProblemJson(problem('session_unknown'))
          : json(await describeSession(services, visitor, session))
      }),
    },
    '/session/events': {
      GET: async (context) => {
        const ticket = readTicket(context.req.url)
        const who = await (ticket === null
          ? auth.authenticate(view(services, context))
          : auth.redeemTicket(ticket))
        if (!who.ok) return sendProblemJson(problem(who.code))
        const { sessionId } = who
        // Nobody would read the stream of an answer without a body, and nobody would close it.
        let binding: Binding | undefined
        const stream =
          context.req.method === 'HEAD' ? null : streams.open(sessionId!, () => binding?.release())
        if (stream === null)
          return sendProblemJson(
            problem(context.req.method === 'HEAD' ? 'method_not_allowed' : 'too_many_streams'),
          )
        // What ended the session here is told first; another process, or the hour, ends it without a word.
        binding = auth.bindConnection(who, () => setImmediate(() => streams.end(sessionId!)))
        return new Response(stream, {
          headers: {
            'Content-Type': 'text/event-stream; charset=utf-8',
            'X-Accel-Buffering': 'no',
          },
        })
      },
    },
    '/healthz': {
      GET: async () => {
        // Throws where the database does not answer, and the answer is then 503.
        await users.isEmpty()
        return json({ status: 'ok' })
      },
    },
    '/openapi.json': { GET: () => json(document) },
  }
}
