import { bodyOf, sendTokens } from 'latchkey/hono'
import type { Mode } from 'latchkey/protocol'
import { pageView, seeOther, sendPage, sendProblemJson, withHeadersOf } from '../answers.ts'
import { cookieName, readCookie, setCookie } from '../cookies.ts'
import { checkCredentials, register, type Identified } from '../../accounts/credentials.ts'
import { DEVICE_LIFETIME } from '../device-cookie.ts'
import { fieldProblem, problem, type Problem } from '../../errors.ts'
import type { Html } from '../../pages/layout.ts'
import { safeNext } from '../../pages/next.ts'
import { registerPage } from '../../pages/register.ts'
import { signInPage, type SignInView } from '../../pages/sign-in.ts'
import { device, isFormPost, originProblem, type RequestContext } from '../request.ts'
import type { Services } from '../../services.ts'
import type { Routes } from './table.ts'

/** What makes a sign-in and a registration different. */
interface Door {
  identify: typeof checkCredentials
  /** The form again, with what was wrong. */
  form(services: Services, view: SignInView): Html
}

const DOORS: Readonly<Record<string, Door>> = {
  '/login': { identify: checkCredentials, form: (_services, view) => signInPage(view) },
  '/register': {
    identify: register,
    form: ({ config }, view) => registerPage({ ...view, passwordMin: config.passwordMin }),
  },
}

/** `POST /login` and `POST /register`: a name and a password for a session. */
export function signInRoutes(services: Services): Routes {
  return Object.fromEntries(
    Object.entries(DOORS).map(([path, door]) => [
      path,
      { POST: (context) => enter(services, context, door, path) },
    ]),
  )
}

async function enter(
  services: Services,
  context: RequestContext,
  door: Door,
  path: string,
): Promise<Response> {
  const page = isFormPost(context)
  const result =
    originProblem(services, context) ?? (await tokensFor(services, context, door, page))
  if ('code' in result)
    return page ? formAgain(services, context, door, path, result) : sendProblemJson(result)
  if (!page) return result
  const body = await bodyOf(context)
  return seeOther(safeNext(body.ok ? body.value.next : undefined), result.headers.getSetCookie())
}

/** The answer with the tokens, or why there is none. */
async function tokensFor(
  services: Services,
  context: RequestContext,
  door: Door,
  page: boolean,
): Promise<Response | Problem> {
  const body = await bodyOf(context)
  if (!body.ok) return problem(body.code)
  const { username, password, mode = 'header' } = body.value
  if (typeof username !== 'string' || username === '')
    return fieldProblem('username', 'a string that is not empty')
  if (typeof password !== 'string' || password === '')
    return fieldProblem('password', 'a string that is not empty')
  if (mode !== 'header' && mode !== 'cookie') return fieldProblem('mode', '"header" or "cookie"')
  const deviceCookie = readCookie(context, cookieName(services.https, 'device'))
  const identified = await door.identify(services, {
    username,
    password,
    device: device(services, context),
    deviceCookie,
  })
  return identified.ok
    ? begin(services, context, identified, page ? 'cookie' : mode)
    : identified.problem
}

/** Begins the session, and ends the one whose cookies it replaces. */
async function begin(
  services: Services,
  context: RequestContext,
  { user, deviceId }: Identified & { ok: true },
  mode: Mode,
): Promise<Response | Problem> {
  const { auth, users, devices, https } = services
  const tokens = await auth.signIn(user.id, {
    claims: { username: user.username },
    device: device(services, context),
  })
  // The password may have been changed while this one was checked: whoever changes it ends all sessions that begin before.
  if ((await users.byId(user.id))?.passwordVersion !== user.passwordVersion) {
    await auth.signOut(tokens.sessionId, 'password-changed')
    return problem('credentials_invalid')
  }
  const response = sendTokens(auth, tokens, mode)
  if (mode === 'header') return response
  const before = await sessionBefore(services, context)
  if (before !== null) await auth.signOut(before, 'replaced', device(services, context))
  const value = devices.make(user.id, deviceId)
  response.headers.append(
    'Set-Cookie',
    setCookie(cookieName(https, 'device'), value, { life: DEVICE_LIFETIME, secure: https }),
  )
  return response
}

/** The session whose cookies came with the request. Its access cookie names it also when the token has expired. */
async function sessionBefore(
  { auth, https }: Services,
  context: RequestContext,
): Promise<string | null> {
  const token = readCookie(context, cookieName(https, 'access'))
  const decoded = token === undefined ? null : await auth.decodeToken(token, { allowExpired: true })
  return decoded?.ok === true ? (decoded.claims.sid ?? null) : null
}

async function formAgain(
  services: Services,
  context: RequestContext,
  door: Door,
  path: string,
  refusal: Problem,
): Promise<Response> {
  // Another site must not choose what the form is filled with.
  const body = refusal.code === 'csrf_refused' ? null : await bodyOf(context)
  const { username, next } = body?.ok === true ? body.value : {}
  const view = {
    ...pageView(services, context, path),
    next: safeNext(next),
    username: typeof username === 'string' ? username : '',
    problem: {
      code: refusal.code,
      message: refusal.message,
      ...(refusal.values && { values: refusal.values }),
    },
  }
  const page = await sendPage(services, context, door.form(services, view), {
    status: refusal.status,
  })
  return withHeadersOf(sendProblemJson(refusal), page)
}
