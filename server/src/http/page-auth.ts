import { ENDED_CODES } from 'latchkey/protocol'
import { problem } from '../errors.ts'
import { renewPage } from '../pages/renew.ts'
import type { Services } from '../services.ts'
import { signedInUser, type SignedInUser } from '../sessions/describe-session.ts'
import { cookieName, readCookie } from './cookies.ts'
import { requestView, type Handler, type RequestContext } from './request.ts'
import {
  pageView,
  pathWithQuery,
  seeOther,
  sendPage,
  sendProblemPage,
  signInPath,
} from './responses.ts'

type Reply = Response | Promise<Response>

/** `cookies` are the `Set-Cookie` values that the response must carry. */
type PageAuth =
  { ok: true; user: SignedInUser; cookies: readonly string[] } | { ok: false; response: Reply }

const refuse = (response: Reply): PageAuth => ({ ok: false, response })

export type PageHandler = (
  context: RequestContext,
  user: SignedInUser,
  cookies: readonly string[],
) => Reply

/** A page or a form for users who are signed in. Others are sent to the sign-in page. */
export function signedInPage(services: Services, handler: PageHandler): Handler {
  return async (context) => {
    const result = await authenticatePage(services, context)
    return result.ok ? handler(context, result.user, result.cookies) : result.response
  }
}

/**
 * Authenticates a browser by its cookies, and renews the access token if it has expired. If only
 * the script of the page can renew it, or the request may come from another site, the browser gets
 * a page that does so.
 */
async function authenticatePage(services: Services, context: RequestContext): Promise<PageAuth> {
  const view = requestView(services, context)
  const { cookies, ...result } = await services.auth.renewForRender(view)
  if (result.ok) return { ok: true, user: signedInUser(result), cookies }
  const { code, status } = result
  if (isEndCode(code)) return refuse(toSignIn(context, code, cookies))
  if (canScriptRenew(services, context, code))
    return refuse(toRenewPage(services, context, returnPath(context)))
  if (status === 401) return refuse(toSignIn(context, code))
  return refuse(sendProblemPage(services, context, problem(code)))
}

const hasRefreshToken = (services: Services, context: RequestContext): boolean =>
  readCookie(context, cookieName(services.https, 'refresh')) !== undefined

const isEndCode = (code: string): boolean => (ENDED_CODES as readonly string[]).includes(code)

/**
 * Returns where to continue after a sign-in or a renewal. A form is not sent again, so it continues
 * to the account page.
 */
const returnPath = (context: RequestContext): string =>
  context.req.method === 'GET' ? pathWithQuery(context) : '/account'

function toSignIn(
  context: RequestContext,
  code?: string,
  cookies: readonly string[] = [],
): Response {
  // On a first visit there is nothing to explain.
  const reason = code === 'token_missing' ? undefined : code
  return seeOther(signInPath(returnPath(context), reason), cookies)
}

/** Returns true if the browser has a refresh token which only the script of a page may use. */
export const canScriptRenew = (
  services: Services,
  context: RequestContext,
  code: string,
): boolean =>
  ['token_expired', 'token_missing'].includes(code) && hasRefreshToken(services, context)

/** Sends the page whose script renews and then goes to `next`. */
export function toRenewPage(services: Services, context: RequestContext, next: string): Reply {
  if (context.req.method !== 'GET') return seeOther(next)
  return sendPage(services, context, renewPage({ ...pageView(services, context), next }))
}
