import { bodyOf } from 'latchkey/hono'
import { DEVICE_HEADER } from 'latchkey/protocol'
import { checkCredentials, register } from '../../accounts/credentials.ts'
import { fieldProblem, problem, type Problem } from '../../errors.ts'
import type { Html } from '../../pages/layout.ts'
import { safeNext } from '../../pages/return-path.ts'
import { registerPage } from '../../pages/register.ts'
import { signInPage, type SignInView } from '../../pages/sign-in.ts'
import type { Services } from '../../services.ts'
import { cookieName, readCookie } from '../cookies.ts'
import { completeSignIn } from '../complete-sign-in.ts'
import { isFormPost, originProblem, requestDevice, type RequestContext } from '../request.ts'
import {
  copyProblemHeaders,
  formProblem,
  pageView,
  seeOther,
  sendPage,
  sendProblemJson,
} from '../responses.ts'
import type { Routes } from './route-types.ts'

/** The difference between a sign-in and a registration. */
interface CredentialFlow {
  path: string
  /** Checks the credentials, or creates the account. */
  run: typeof checkCredentials
  page(services: Services, view: SignInView & { invitation: string }): Html
}

const FLOWS: readonly CredentialFlow[] = [
  {
    path: '/login',
    run: checkCredentials,
    page: ({ config }, view) => signInPage({ ...view, registration: config.registration }),
  },
  {
    path: '/register',
    run: register,
    page: ({ config }, view) => registerPage({ ...view, passwordMin: config.passwordMin }),
  },
]

/** `POST /login` and `POST /register`: take a username and a password and start a session. */
export function signInRoutes(services: Services): Routes {
  return Object.fromEntries(
    FLOWS.map((flow) => [
      flow.path,
      { POST: (context) => handleCredentials(services, context, flow) },
    ]),
  )
}

async function handleCredentials(
  services: Services,
  context: RequestContext,
  flow: CredentialFlow,
): Promise<Response> {
  const isForm = isFormPost(context)
  const result =
    originProblem(services, context) ?? (await startSession(services, context, flow, isForm))
  if ('code' in result)
    return isForm ? redisplayForm(services, context, flow, result) : sendProblemJson(result)
  if (!isForm) return result
  const body = await bodyOf(context)
  return seeOther(safeNext(body.ok ? body.value.next : undefined), result.headers.getSetCookie())
}

/** Returns the response with the tokens, or a refusal. */
async function startSession(
  services: Services,
  context: RequestContext,
  flow: CredentialFlow,
  isForm: boolean,
): Promise<Response | Problem> {
  const body = await bodyOf(context)
  if (!body.ok) return problem(body.code)
  const { username, password, mode = 'header', invitation } = body.value
  if (typeof username !== 'string' || username === '')
    return fieldProblem('username', 'a non-empty string')
  if (typeof password !== 'string' || password === '')
    return fieldProblem('password', 'a non-empty string')
  if (mode !== 'header' && mode !== 'cookie') return fieldProblem('mode', '"header" or "cookie"')
  const result = await flow.run(services, {
    username,
    password,
    device: requestDevice(services, context),
    deviceCookie:
      context.req.header(DEVICE_HEADER) ??
      readCookie(context, cookieName(services.https, 'device')),
    invitation: typeof invitation === 'string' ? invitation : undefined,
  })
  return result.ok
    ? completeSignIn(services, context, result, isForm ? 'cookie' : mode)
    : result.problem
}

/** Sends the form again, with the error and the username. */
async function redisplayForm(
  services: Services,
  context: RequestContext,
  flow: CredentialFlow,
  refusal: Problem,
): Promise<Response> {
  // Another site must not be able to fill in the form.
  const body = refusal.code === 'csrf_refused' ? null : await bodyOf(context)
  const { username, next, invitation } = body?.ok === true ? body.value : {}
  const html = flow.page(services, {
    ...pageView(services, context, flow.path),
    next: safeNext(next),
    username: typeof username === 'string' ? username : '',
    invitation: typeof invitation === 'string' ? invitation : '',
    problem: formProblem(refusal),
  })
  const page = await sendPage(services, context, html, { status: refusal.status })
  return copyProblemHeaders(sendProblemJson(refusal), page)
}
