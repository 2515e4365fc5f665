import { sessionResponse } from 'latchkey'
import { pageView, seeOther, sendPage, sendProblem, type PageAnswer } from '../answers.ts'
import { admit } from '../admit.ts'
import { describeSession, type Visitor } from '../../sessions/describe-session.ts'
import { problem, type Problem } from '../../errors.ts'
import type { Texts } from '../../shared/locales/index.ts'
import { accountPage } from '../../pages/account.ts'
import { safeNext } from '../../pages/next.ts'
import { registerPage } from '../../pages/register.ts'
import { signInPage } from '../../pages/sign-in.ts'
import { tokensPage } from '../../pages/tokens.ts'
import { view, type Handler, type RequestContext } from '../request.ts'
import type { Services } from '../../services.ts'
import type { Routes } from './table.ts'

/** The pages of somebody who goes there with a browser. */
export function pageRoutes(services: Services): Routes {
  const { config, assets } = services
  return {
    '/': { GET: () => seeOther('/account') },
    '/login': {
      GET: forStrangers(services, (context) =>
        sendPage(
          services,
          context,
          signInPage({
            ...pageView(services, context),
            next: safeNext(context.req.query('next')),
            reason: context.req.query('reason') ?? '',
          }),
        ),
      ),
    },
    '/register': {
      GET: forStrangers(services, (context) =>
        sendPage(
          services,
          context,
          registerPage({
            ...pageView(services, context),
            next: safeNext(context.req.query('next')),
            passwordMin: config.passwordMin,
          }),
        ),
      ),
    },
    '/account': {
      GET: forVisitors(services, (context, visitor, cookies) =>
        sendAccount(services, context, visitor, { cookies }),
      ),
    },
    '/tokens': {
      GET: forVisitors(services, (context, visitor, cookies) =>
        sendTokensPage(services, context, visitor, cookies),
      ),
    },
    '/assets/:file': {
      GET: (context) => {
        const file = assets.files.get(context.req.path)
        if (file === undefined) return sendProblem(services, context, problem('not_found'))
        return new Response(file.body, {
          headers: {
            'Content-Type': file.type,
            'Cache-Control': 'public, max-age=31536000, immutable',
          },
        })
      },
    },
  }
}

/** Whoever is signed in does not need the form, unless it is to tell them something. */
function forStrangers(services: Services, handler: Handler): Handler {
  return async (context) => {
    const who =
      context.req.query('reason') === undefined
        ? await services.auth.authenticate(view(services, context), { locations: ['cookies'] })
        : null
    return who?.ok === true ? seeOther(safeNext(context.req.query('next'))) : handler(context)
  }
}

type VisitorHandler = (
  context: RequestContext,
  visitor: Visitor,
  cookies: readonly string[],
) => Response | Promise<Response>

export function forVisitors(services: Services, handler: VisitorHandler): Handler {
  return async (context) => {
    const admission = await admit(services, context)
    return admission.ok
      ? handler(context, admission.visitor, admission.cookies)
      : admission.response
  }
}

interface AccountAnswer extends PageAnswer {
  /** Why the form that changes the password was refused. */
  problem?: Problem
}

/** The account page, also as the answer to a form of it that was refused. */
export async function sendAccount(
  services: Services,
  context: RequestContext,
  visitor: Visitor,
  { problem: refusal, ...answer }: AccountAnswer,
): Promise<Response> {
  const { auth, config, now } = services
  const sessions = await auth.sessions(visitor.identity)
  const page = pageView(services, context, refusal === undefined ? undefined : '/account')
  const notice = context.req.query('notice')
  const html = accountPage({
    ...page,
    username: visitor.username,
    sessions: sessions.map((session) => sessionResponse(session, visitor.sessionId)),
    now: now(),
    passwordMin: config.passwordMin,
    ...(notice !== undefined &&
      Object.hasOwn(page.text.account.notices, notice) && {
        notice: notice as keyof Texts['account']['notices'],
      }),
    ...(refusal && {
      problem: {
        code: refusal.code,
        message: refusal.message,
        ...(refusal.values && { values: refusal.values }),
      },
    }),
  })
  return sendPage(services, context, html, answer)
}

async function sendTokensPage(
  services: Services,
  context: RequestContext,
  visitor: Visitor,
  cookies: readonly string[],
): Promise<Response> {
  const session = await services.auth.explain(visitor.sessionId)
  if (session === null) return seeOther('/login?reason=session_unknown')
  const html = tokensPage({
    ...pageView(services, context),
    now: services.now(),
    session: await describeSession(services, visitor, session),
  })
  return sendPage(services, context, html, { cookies })
}
