import { bodyOf } from 'latchkey/hono'
import { changePassword } from '../../accounts/change-password.ts'
import { fieldProblem, problem, type Problem } from '../../errors.ts'
import type { Services } from '../../services.ts'
import type { SignedInUser } from '../../sessions/describe-session.ts'
import { completeSignIn } from '../complete-sign-in.ts'
import { signedInPage, type PageHandler } from '../page-auth.ts'
import {
  isFormPost,
  originProblem,
  requestDevice,
  type Handler,
  type RequestContext,
} from '../request.ts'
import {
  copyProblemHeaders,
  seeOther,
  sendProblemJson,
  sendProblemPage,
  signInPath,
} from '../responses.ts'
import { sendAccountPage } from './account-page.ts'
import { signedInRoute } from './require-token.ts'
import type { Routes } from './route-types.ts'

/** The forms of the account page, except the password form. */
export function accountFormRoutes(services: Services): Routes {
  return {
    '/account/sign-out-session': {
      POST: signedInForm(services, (context, user, cookies) =>
        signOutSession(services, context, user, cookies),
      ),
    },
    '/account/sign-out-others': {
      POST: signedInForm(services, async (context, { identity, sessionId, fresh }, cookies) => {
        if (!fresh) return requireFreshSignIn(cookies)
        await services.auth.signOutEverywhere(identity, {
          except: sessionId,
          device: requestDevice(services, context),
        })
        return seeOther('/account?notice=others_ended', cookies)
      }),
    },
  }
}

/** The password form, which takes JSON as well. */
export function passwordRoutes(services: Services): Routes {
  const handleForm = signedInForm(services, async (context, user, cookies) => {
    const response = await changePasswordFrom(services, context, user)
    if (response instanceof Response)
      return seeOther('/account?notice=password_changed', response.headers.getSetCookie())
    const refusal = response
    const page = await sendAccountPage(services, context, user, {
      problem: refusal,
      status: refusal.status,
      cookies,
    })
    return copyProblemHeaders(sendProblemJson(refusal), page)
  })
  const handleJson = signedInRoute(services, async (context, user) => {
    const response = await changePasswordFrom(services, context, user)
    return response instanceof Response ? response : sendProblemJson(response)
  })
  return {
    '/account/password': {
      POST: (context) => (isFormPost(context) ? handleForm(context) : handleJson(context)),
    },
  }
}

/** A form of a page. Refuses forms of other sites before it reads the cookies. */
function signedInForm(services: Services, handler: PageHandler): Handler {
  const handleForm = signedInPage(services, handler)
  return (context) => {
    const refusal = originProblem(services, context)
    return refusal === null ? handleForm(context) : sendProblemPage(services, context, refusal)
  }
}

/** Returns the response with the tokens of a new session, or a refusal. */
async function changePasswordFrom(
  services: Services,
  context: RequestContext,
  { identity, sessionId, mode }: SignedInUser,
): Promise<Response | Problem> {
  const body = await bodyOf(context)
  if (!body.ok) return problem(body.code)
  const { current_password: current, new_password: next } = body.value
  if (typeof current !== 'string' || current === '')
    return fieldProblem('current_password', 'a non-empty string')
  if (typeof next !== 'string' || next === '')
    return fieldProblem('new_password', 'a non-empty string')
  const result = await changePassword(
    services,
    { userId: identity, sessionId, device: requestDevice(services, context) },
    current,
    next,
  )
  if (!result.ok) return result.problem
  return completeSignIn(
    services,
    context,
    { user: result.user, deviceId: null, methods: ['pwd'] },
    mode,
  )
}

/**
 * A thief who has a stolen token for a moment must not be able to end the owner's other sessions
 * (OWASP ASVS 5, 7.5.2).
 */
const requireFreshSignIn = (cookies: readonly string[]): Response =>
  seeOther(signInPath('/account', 'fresh_required'), cookies)

/** Responds to a session of another account as to an unknown one. */
async function signOutSession(
  services: Services,
  context: RequestContext,
  { identity, sessionId, fresh }: SignedInUser,
  cookies: readonly string[],
): Promise<Response> {
  const { auth } = services
  const body = await bodyOf(context)
  const id = body.ok ? body.value.session_id : undefined
  const session = typeof id === 'string' ? await auth.explain(id) : null
  if (session === null || session.identity !== identity)
    return sendProblemPage(services, context, problem('not_found'), cookies)
  if (!fresh && session.id !== sessionId) return requireFreshSignIn(cookies)
  await auth.signOut(session.id, 'signed-out', requestDevice(services, context))
  if (session.id === sessionId) return seeOther('/login?reason=signed_out', auth.clearCookies())
  return seeOther('/account?notice=session_ended', cookies)
}
