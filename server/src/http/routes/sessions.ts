import { bodyOf, routes as libraryRoutes } from 'latchkey/hono'
import { ENDED_CODES, PATHS } from 'latchkey/protocol'
import { seeOther, sendProblemPage, signInAddress } from '../answers.ts'
import { problem, type Problem } from '../../errors.ts'
import { safeNext } from '../../pages/next.ts'
import { addressOf, isFormPost, type Handler, type RequestContext } from '../request.ts'
import type { Services } from '../../services.ts'
import type { Routes } from './table.ts'

/** The library's own routes. Those that pages send forms to answer a form with the way to the next page. */
export function sessionRoutes(services: Services): Routes {
  const library = libraryRoutes(services.auth, {
    address: (context) => addressOf(services, context),
    freshToEndOthers: true,
  })
  const answer: Handler = async (context) =>
    (await library(context, async () => {})) ?? context.notFound()
  return {
    [PATHS.refresh]: { POST: forForms(services, answer, nextIn) },
    [PATHS.signOut]: { POST: forForms(services, answer, async () => '/login?reason=signed_out') },
    [PATHS.sessions]: { GET: answer, DELETE: answer },
    [`${PATHS.sessions}/:id`]: { DELETE: answer },
    [PATHS.ticket]: { POST: answer },
    [PATHS.jwks]: { GET: answer },
  }
}

/** `goOn` says where to go after a success; a session that is over leads to the sign-in page, and anything else to a page that says so. */
function forForms(
  services: Services,
  answer: Handler,
  goOn: (context: RequestContext) => Promise<string>,
): Handler {
  return async (context) => {
    const response = await answer(context)
    if (!isFormPost(context)) return response
    const cookies = response.headers.getSetCookie()
    if (response.ok) return seeOther(await goOn(context), cookies)
    const { error } = (await response.json()) as { error: Problem['code'] }
    if (!(ENDED_CODES as readonly string[]).includes(error))
      return sendProblemPage(services, context, problem(error), cookies)
    return seeOther(signInAddress(await nextIn(context), error), cookies)
  }
}

async function nextIn(context: RequestContext): Promise<string> {
  const body = await bodyOf(context)
  return safeNext(body.ok ? body.value.next : undefined)
}
