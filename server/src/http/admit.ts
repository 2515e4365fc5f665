import type { Refusal } from 'latchkey'
import { sendTokens } from 'latchkey/hono'
import { ENDED_CODES } from 'latchkey/protocol'
import {
  addressIn,
  pageView,
  seeOther,
  sendPage,
  sendProblemPage,
  signInAddress,
} from './answers.ts'
import { cookieName, readCookie } from './cookies.ts'
import { visitorOf, type Visitor } from '../sessions/describe-session.ts'
import { problem } from '../errors.ts'
import { renewPage } from '../pages/renew.ts'
import { device, view, type RequestContext } from './request.ts'
import type { Services } from '../services.ts'

/** Somebody who may see a page; `cookies` go on its answer. */
export type Admission =
  | { ok: true; visitor: Visitor; cookies: readonly string[] }
  | { ok: false; response: Response | Promise<Response> }

const refuse = (response: Response | Promise<Response>): Admission => ({ ok: false, response })

/** Set by the script of the pages: the browser renews by itself, and keeps the attempts that go with it. */
const hasScript = (context: RequestContext): boolean => readCookie(context, 'js') === '1'

/**
 * Lets a browser see a page, by its cookies. Where the access token has run out the script renews it; without script the server does so
 * itself. It never does for a browser with a script: a refresh without the script's attempt, its answer lost, would look like a theft.
 */
export async function admit(services: Services, context: RequestContext): Promise<Admission> {
  const who = await services.auth.authenticate(view(services, context), { locations: ['cookies'] })
  if (who.ok) return { ok: true, visitor: visitorOf(who), cookies: [] }
  if (isFinal(who)) return turnAway(services, context, who)
  const refreshToken = readCookie(context, cookieName(services.https, 'refresh'))
  if (refreshToken === undefined) return refuse(toSignIn(context, who.code))
  return hasScript(context)
    ? refuse(toRenew(services, context))
    : renewHere(services, context, refreshToken)
}

/** Renewing does not help: the session is over, the request is another site's, or the store cannot be asked. */
const isFinal = ({ code, status }: Refusal): boolean =>
  isEnd(code) || status === 403 || status === 503
const isEnd = (code: string): boolean => (ENDED_CODES as readonly string[]).includes(code)

async function renewHere(
  services: Services,
  context: RequestContext,
  refreshToken: string,
): Promise<Admission> {
  const { auth } = services
  const outcome = await auth.refresh(refreshToken, { device: device(services, context) })
  if (!outcome.ok) return turnAway(services, context, outcome)
  const decoded = await auth.decodeToken(outcome.tokens.accessToken)
  if (!decoded.ok) return turnAway(services, context, decoded)
  return {
    ok: true,
    visitor: visitorOf({ ...decoded, fresh: false }),
    cookies: sendTokens(auth, outcome.tokens, 'cookie').headers.getSetCookie(),
  }
}

/** Cookies are cleared only where the session is over for good; where the store failed they are as good as before. */
function turnAway(
  services: Services,
  context: RequestContext,
  { code, status }: Refusal,
): Admission {
  if (isEnd(code)) return refuse(toSignIn(context, code, services.auth.clearCookies()))
  return refuse(
    status === 401 ? toSignIn(context, code) : sendProblemPage(services, context, problem(code)),
  )
}

/** A page that one can come back to: what a form does is not done again by itself. */
const pageOf = (context: RequestContext): string =>
  context.req.method === 'GET' ? addressIn(context) : '/account'

function toSignIn(
  context: RequestContext,
  code?: string,
  cookies: readonly string[] = [],
): Response {
  // Somebody who comes for the first time has not lost anything.
  return seeOther(
    signInAddress(pageOf(context), code === 'token_missing' ? undefined : code),
    cookies,
  )
}

function toRenew(services: Services, context: RequestContext): Response | Promise<Response> {
  const next = pageOf(context)
  if (context.req.method !== 'GET') return seeOther(next)
  return sendPage(services, context, renewPage({ ...pageView(services, context), next }))
}
