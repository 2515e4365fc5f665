import { bodyOf, routes as libraryRoutes } from 'latchkey/hono'
import { ENDED_CODES, PATHS } from 'latchkey/protocol'
import { problem, type Problem } from '../../errors.ts'
import { safeNext } from '../../pages/return-path.ts'
import type { Services } from '../../services.ts'
import { addressOf, isFormPost, type Handler, type RequestContext } from '../request.ts'
import { seeOther, sendProblemPage, signInPath } from '../responses.ts'
import type { Routes } from './route-types.ts'

/** The routes of the library. Those that pages submit forms to redirect a form. */
export function sessionRoutes(services: Services): Routes {
  const library = libraryRoutes(services.auth, {
    address: (context) => addressOf(services, context),
    freshToEndOthers: true,
  })
  const handler: Handler = async (context) =>
    (await library(context, async () => {})) ?? context.notFound()
  return {
    [PATHS.refresh]: { POST: redirectForms(services, handler, nextOf) },
    [PATHS.signOut]: { POST: redirectForms(services, handler, afterSignOut, NOT_SIGNED_IN) },
    [PATHS.sessions]: { GET: handler, DELETE: handler },
    [`${PATHS.sessions}/:id`]: { DELETE: handler },
    [PATHS.ticket]: { POST: handler },
    [PATHS.jwks]: { GET: handler },
  }
}

/** After these, too, nobody is signed in: a sign-out in another tab came first. */
const NOT_SIGNED_IN: readonly string[] = ['token_missing', 'token_invalid']

const afterSignOut = async () => '/login?reason=signed_out'

/**
 * Turns the response to a form into a page: a redirect to `successPath`, also for `successCodes`;
 * to the sign-in page if the session has ended; or else a page with the error.
 */
function redirectForms(
  services: Services,
  handler: Handler,
  successPath: (context: RequestContext) => Promise<string>,
  successCodes: readonly string[] = [],
): Handler {
  return async (context) => {
    const response = await handler(context)
    if (!isFormPost(context)) return response
    const cookies = response.headers.getSetCookie()
    if (response.ok) return seeOther(await successPath(context), cookies)
    const { error } = (await response.json()) as { error: Problem['code'] }
    if (successCodes.includes(error)) return seeOther(await successPath(context), cookies)
    if (!(ENDED_CODES as readonly string[]).includes(error))
      return sendProblemPage(services, context, problem(error), cookies)
    return seeOther(signInPath(await nextOf(context), error), cookies)
  }
}

async function nextOf(context: RequestContext): Promise<string> {
  const body = await bodyOf(context)
  return safeNext(body.ok ? body.value.next : undefined)
}
