import { bodyOf } from 'latchkey/hono'
import {
  seeOther,
  sendProblemJson,
  sendProblemPage,
  signInAddress,
  withHeadersOf,
} from '../answers.ts'
import { changePassword } from '../../accounts/credentials.ts'
import type { Visitor } from '../../sessions/describe-session.ts'
import { fieldProblem, problem, type Problem } from '../../errors.ts'
import { device, isFormPost, originProblem, type Handler, type RequestContext } from '../request.ts'
import type { Services } from '../../services.ts'
import { forVisitors, sendAccount } from './pages.ts'
import { signedIn } from './signed-in.ts'
import type { Routes } from './table.ts'

/** The forms of the account page. The one that changes the password takes JSON as well. */
export function accountFormRoutes(services: Services): Routes {
  return {
    '/account/sign-out-session': {
      POST: ownForm(services, (context, visitor, cookies) =>
        signOutSession(services, context, visitor, cookies),
      ),
    },
    '/account/sign-out-others': {
      POST: ownForm(services, async (context, { identity, sessionId, fresh }, cookies) => {
        if (!fresh) return signInFirst(cookies)
        await services.auth.signOutEverywhere(identity, {
          except: sessionId,
          device: device(services, context),
        })
        return seeOther('/account?notice=others_ended', cookies)
      }),
    },
  }
}

export function passwordRoutes(services: Services): Routes {
  const form = ownForm(services, async (context, visitor, cookies) => {
    const refusal = await newPassword(services, context, visitor)
    if (refusal === null) return seeOther('/account?notice=password_changed', cookies)
    return withHeadersOf(
      sendProblemJson(refusal),
      await sendAccount(services, context, visitor, {
        problem: refusal,
        status: refusal.status,
        cookies,
      }),
    )
  })
  const api = signedIn(services, async (context, visitor) => {
    const refusal = await newPassword(services, context, visitor)
    return refusal === null ? new Response(null, { status: 204 }) : sendProblemJson(refusal)
  })
  return {
    '/account/password': {
      POST: (context) => (isFormPost(context) ? form(context) : api(context)),
    },
  }
}

/** A form of a page of ours: another site's never gets as far as the cookies. */
function ownForm(services: Services, handler: Parameters<typeof forVisitors>[1]): Handler {
  const admitted = forVisitors(services, handler)
  return (context) => {
    const forged = originProblem(services, context)
    return forged === null ? admitted(context) : sendProblemPage(services, context, forged)
  }
}

async function newPassword(
  services: Services,
  context: RequestContext,
  { identity, sessionId }: Visitor,
): Promise<Problem | null> {
  const body = await bodyOf(context)
  if (!body.ok) return problem(body.code)
  const { current_password: current, new_password: next } = body.value
  if (typeof current !== 'string' || current === '')
    return fieldProblem('current_password', 'a string that is not empty')
  if (typeof next !== 'string' || next === '')
    return fieldProblem('new_password', 'a string that is not empty')
  return changePassword(
    services,
    { userId: identity, sessionId, device: device(services, context) },
    current,
    next,
  )
}

/** A thief who holds somebody's access for a moment must not end the owner's other sessions (OWASP ASVS 5, 7.5.2). */
const signInFirst = (cookies: readonly string[]): Response =>
  seeOther(signInAddress('/account', 'fresh_required'), cookies)

/** Somebody else's session is answered like none at all. */
async function signOutSession(
  services: Services,
  context: RequestContext,
  { identity, sessionId, fresh }: Visitor,
  cookies: readonly string[],
): Promise<Response> {
  const { auth } = services
  const body = await bodyOf(context)
  const id = body.ok ? body.value.session_id : undefined
  const session = typeof id === 'string' ? await auth.explain(id) : null
  if (session === null || session.identity !== identity)
    return sendProblemPage(services, context, problem('not_found'), cookies)
  if (!fresh && session.id !== sessionId) return signInFirst(cookies)
  await auth.signOut(session.id, 'signed-out', device(services, context))
  if (session.id === sessionId) return seeOther('/login?reason=signed_out', auth.clearCookies())
  return seeOther('/account?notice=session_ended', cookies)
}
