import { bodyOf, sendTokens } from 'latchkey/hono'
import { readAttempts } from 'latchkey'
import { ATTEMPT_HEADER, DEVICE_HEADER, type Mode } from 'latchkey/protocol'
import { checkCredentials, register, type CredentialResult } from '../../accounts/credentials.ts'
import { DEVICE_LIFETIME } from '../../accounts/known-devices.ts'
import { fieldProblem, problem, type Problem } from '../../errors.ts'
import type { Html } from '../../pages/layout.ts'
import { safeNext } from '../../pages/return-path.ts'
import { registerPage } from '../../pages/register.ts'
import { signInPage, type SignInView } from '../../pages/sign-in.ts'
import type { Services } from '../../services.ts'
import { cookieName, readCookie, setCookie } from '../cookies.ts'
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
  page(services: Services, view: SignInView): Html
}

const FLOWS: readonly CredentialFlow[] = [
  {
    path: '/login',
    run: checkCredentials,
    page: (_services, view) => signInPage(view),
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
  const { username, password, mode = 'header' } = body.value
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
  })
  return result.ok
    ? issueTokens(services, context, result, isForm ? 'cookie' : mode)
    : result.problem
}

/** Starts the session and, in cookie mode, ends the session whose cookies it replaces. */
async function issueTokens(
  services: Services,
  context: RequestContext,
  { user, deviceId }: CredentialResult & { ok: true },
  mode: Mode,
): Promise<Response | Problem> {
  const { auth, users, devices, https } = services
  const device = requestDevice(services, context)
  const tokens = await auth.signIn(user.id, {
    claims: { username: user.username },
    device,
    attempts: readAttempts(context.req.header(ATTEMPT_HEADER)) ?? null,
  })
  // The password may have changed during the check. The change ended only sessions that existed.
  if ((await users.byId(user.id))?.passwordVersion !== user.passwordVersion) {
    await auth.signOut(tokens.sessionId, 'password-changed')
    return problem('credentials_invalid')
  }
  const response = sendTokens(auth, tokens, mode)
  const deviceToken = devices.createCookie(user.id, deviceId)
  if (mode === 'header') {
    response.headers.set(DEVICE_HEADER, deviceToken)
    return response
  }
  const previous = previousSession(services, context)
  if (previous !== null) await auth.signOut(previous, 'replaced', device)
  const deviceCookie = setCookie(cookieName(https, 'device'), deviceToken, {
    lifetime: DEVICE_LIFETIME,
    secure: https,
  })
  response.headers.append('Set-Cookie', deviceCookie)
  return response
}

/** Returns the session id in the access cookie of the request. The token may have expired. */
function previousSession({ auth, https }: Services, context: RequestContext): string | null {
  const token = readCookie(context, cookieName(https, 'access'))
  const decoded = token === undefined ? null : auth.decodeToken(token, { allowExpired: true })
  return decoded?.ok === true ? (decoded.claims.sid ?? null) : null
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
  const { username, next } = body?.ok === true ? body.value : {}
  const html = flow.page(services, {
    ...pageView(services, context, flow.path),
    next: safeNext(next),
    username: typeof username === 'string' ? username : '',
    problem: formProblem(refusal),
  })
  const page = await sendPage(services, context, html, { status: refusal.status })
  return copyProblemHeaders(sendProblemJson(refusal), page)
}
