import { problem } from '../../errors.ts'
import { safeNext } from '../../pages/return-path.ts'
import { faviconSvg } from '../../pages/logo.ts'
import { registerPage } from '../../pages/register.ts'
import { signInPage } from '../../pages/sign-in.ts'
import { tokensPage } from '../../pages/tokens.ts'
import type { Services } from '../../services.ts'
import { describeSession, type SignedInUser } from '../../sessions/describe-session.ts'
import { canScriptRenew, signedInPage, toRenewPage } from '../page-auth.ts'
import { requestView, type Handler, type RequestContext } from '../request.ts'
import { formProblem, pageView, seeOther, sendPage, sendProblem } from '../responses.ts'
import { sendAccountPage } from './account-page.ts'
import type { Routes } from './route-types.ts'

/** The pages, and their assets. */
export function pageRoutes(services: Services): Routes {
  return {
    '/': { GET: () => seeOther('/account') },
    '/login': { GET: signedOutPage(services, (context) => sendSignInPage(services, context)) },
    '/register': { GET: signedOutPage(services, (context) => sendRegisterPage(services, context)) },
    '/account': {
      GET: signedInPage(services, (context, user, cookies) =>
        sendAccountPage(services, context, user, { cookies }),
      ),
    },
    '/tokens': {
      GET: signedInPage(services, (context, user, cookies) =>
        sendTokensPage(services, context, user, cookies),
      ),
    },
    // Password managers open it (https://w3c.github.io/webappsec-change-password-url/).
    '/.well-known/change-password': { GET: () => seeOther('/account#change-password') },
    '/robots.txt': { GET: () => staticText('text/plain', 'User-agent: *\nDisallow: /\n') },
    '/favicon.ico': { GET: () => staticText('image/svg+xml', faviconSvg) },
    '/assets/:file': { GET: (context) => sendAsset(services, context) },
  }
}

/**
 * Users who are signed in skip the form, also if the access token has to be renewed, unless the
 * form comes with a reason that they should read.
 */
function signedOutPage(services: Services, handler: Handler): Handler {
  return async (context) => {
    if (context.req.query('reason') !== undefined) return handler(context)
    const next = safeNext(context.req.query('next'))
    const result = await services.auth.renewForRender(requestView(services, context))
    if (result.ok) return seeOther(next, result.cookies)
    return canScriptRenew(services, context, result.code)
      ? toRenewPage(services, context, next)
      : handler(context)
  }
}

function sendSignInPage(services: Services, context: RequestContext): Promise<Response> {
  const html = signInPage({
    ...pageView(services, context),
    next: safeNext(context.req.query('next')),
    reason: context.req.query('reason') ?? '',
    registration: services.config.registration,
  })
  return sendPage(services, context, html)
}

function sendRegisterPage(services: Services, context: RequestContext): Promise<Response> {
  const html = registerPage({
    ...pageView(services, context),
    next: safeNext(context.req.query('next')),
    passwordMin: services.config.passwordMin,
    invitation: context.req.query('invitation') ?? '',
    ...(services.config.registration === 'closed' && {
      problem: formProblem(problem('registration_closed')),
    }),
  })
  return sendPage(services, context, html)
}

async function sendTokensPage(
  services: Services,
  context: RequestContext,
  user: SignedInUser,
  cookies: readonly string[],
): Promise<Response> {
  const session = await services.auth.explain(user.sessionId)
  if (session === null) return seeOther('/login?reason=session_unknown')
  const html = tokensPage({
    ...pageView(services, context),
    now: services.now(),
    session: await describeSession(services, user, session),
  })
  return sendPage(services, context, html, { cookies })
}

const staticText = (type: string, text: string): Response =>
  new Response(text, {
    headers: { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'public, max-age=86400' },
  })

function sendAsset(services: Services, context: RequestContext): Response | Promise<Response> {
  const file = services.assets.files.get(context.req.path)
  if (file === undefined) return sendProblem(services, context, problem('not_found'))
  return new Response(file.body, {
    headers: {
      'Content-Type': file.type,
      'Cache-Control': 'public, max-age=31536000, immutable',
    },
  })
}
