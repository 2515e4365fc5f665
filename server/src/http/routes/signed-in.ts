import { visitorOf, type Visitor } from '../../sessions/describe-session.ts'
import { sendProblemJson } from '../answers.ts'
import { problem } from '../../errors.ts'
import { view, type Handler, type RequestContext } from '../request.ts'
import type { Services } from '../../services.ts'

/** A route for somebody who is signed in, by a header or by cookies. */
export function signedIn(
  services: Services,
  handler: (context: RequestContext, visitor: Visitor) => Response | Promise<Response>,
): Handler {
  return async (context) => {
    const who = await services.auth.authenticate(view(services, context))
    if (!who.ok) return sendProblemJson(problem(who.code))
    return handler(context, visitorOf(who))
  }
}
