import { problem } from '../../errors.ts'
import type { Services } from '../../services.ts'
import { signedInUser, type SignedInUser } from '../../sessions/describe-session.ts'
import { requestView, type Handler, type RequestContext } from '../request.ts'
import { sendProblemJson } from '../responses.ts'

/** An API route that needs an access token, from a header or a cookie. */
export function signedInRoute(
  services: Services,
  handler: (context: RequestContext, user: SignedInUser) => Response | Promise<Response>,
): Handler {
  return async (context) => {
    const result = await services.auth.authenticate(requestView(services, context))
    if (!result.ok) return sendProblemJson(problem(result.code))
    return handler(context, signedInUser(result))
  }
}
