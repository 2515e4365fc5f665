import type { Refusal } from 'latchkey'
import { sendTokens } from 'latchkey/hono'
import { ENDED_CODES } from 'latchkey/protocol'
import { problem } from '../errors.ts'
import { renewPage } from '../pages/renew.ts'
import type { Services } from '../services.ts'
import { signedInUser, type SignedInUser } from '../sessions/describe-session.ts'
import { cookieName, readCookie } from './cookies.ts'
import { requestDevice, requestView, type Handler, type RequestContext } from './request.ts'
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
 * Authenticates a browser by its cookies. If the access token has expired, the script of the page
 * renews it; without script, the server does. The server never does so for a browser with script:
 * it would refresh without the script's attempt id, and if the response were lost, the next refresh
 * of the script would look like a theft.
 */
async function authenticatePage(services: Services, context: RequestContext): Promise<PageAuth> {
  const result = await services.auth.authenticate(requestView(services, context), {
    locations: ['cookies'],
  })
  if (result.ok) return { ok: true, user: signedInUser(result), cookies: [] }
  if (isFinal(result)) return reject(services, context, result)
  const refreshToken = readCookie(context, cookieName(services.https, 'refresh'))
  if (refreshToken === undefined) return refuse(toSignIn(context, result.code))
  return hasScript(context)
    ? refuse(toRenewPage(services, context))
    : refreshHere(services, context, refreshToken)
}

/** The script of the pages sets this cookie. */
const hasScript = (context: RequestContext): boolean => readCookie(context, 'js') === '1'

/**
 * Returns true if a refresh cannot help: the session ended, the origin is wrong, the store failed.
 */
const isFinal = ({ code, status }: Refusal): boolean =>
  isEndCode(code) || status === 403 || status === 503

const isEndCode = (code: string): boolean => (ENDED_CODES as readonly string[]).includes(code)

async function refreshHere(
  services: Services,
  context: RequestContext,
  refreshToken: string,
): Promise<PageAuth> {
  const { auth } = services
  const refreshed = await auth.refresh(refreshToken, { device: requestDevice(services, context) })
  if (!refreshed.ok) return reject(services, context, refreshed)
  const decoded = auth.decodeToken(refreshed.tokens.accessToken)
  if (!decoded.ok) return reject(services, context, decoded)
  return {
    ok: true,
    user: signedInUser({ ...decoded, fresh: false }),
    cookies: sendTokens(auth, refreshed.tokens, 'cookie').headers.getSetCookie(),
  }
}

/** Clears the cookies only if the session has ended. If the store failed they are still valid. */
function reject(services: Services, context: RequestContext, { code, status }: Refusal): PageAuth {
  if (isEndCode(code)) return refuse(toSignIn(context, code, services.auth.clearCookies()))
  if (status === 401) return refuse(toSignIn(context, code))
  return refuse(sendProblemPage(services, context, problem(code)))
}

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

function toRenewPage(services: Services, context: RequestContext): Reply {
  const next = returnPath(context)
  if (context.req.method !== 'GET') return seeOther(next)
  return sendPage(services, context, renewPage({ ...pageView(services, context), next }))
}
