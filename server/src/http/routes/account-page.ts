import { sessionResponse } from 'latchkey'
import type { Problem } from '../../errors.ts'
import { accountPage } from '../../pages/account.ts'
import type { Services } from '../../services.ts'
import type { SignedInUser } from '../../sessions/describe-session.ts'
import type { Texts } from '../../shared/locales/index.ts'
import type { RequestContext } from '../request.ts'
import { formProblem, pageView, sendPage, type PageOptions } from '../responses.ts'

interface AccountPageOptions extends PageOptions {
  /** Why the password form was refused. */
  problem?: Problem
}

/** Sends the account page, also in response to a password form that was refused. */
export async function sendAccountPage(
  services: Services,
  context: RequestContext,
  user: SignedInUser,
  { problem, ...options }: AccountPageOptions,
): Promise<Response> {
  const { auth, config, now } = services
  const { sessions, nextCursor } = await auth.sessions(user.identity, {
    cursor: context.req.query('cursor') ?? null,
    current: user.sessionId,
  })
  const view = pageView(services, context, problem === undefined ? undefined : '/account')
  const notice = context.req.query('notice')
  const html = accountPage({
    ...view,
    username: user.username,
    sessions: sessions.map((session) => sessionResponse(session, user.sessionId)),
    nextCursor,
    now: now(),
    passwordMin: config.passwordMin,
    ...(isNotice(notice, view.text) && { notice }),
    ...(problem && { problem: formProblem(problem) }),
  })
  return sendPage(services, context, html, options)
}

const isNotice = (
  value: string | undefined,
  text: Texts,
): value is keyof Texts['account']['notices'] =>
  value !== undefined && Object.hasOwn(text.account.notices, value)
