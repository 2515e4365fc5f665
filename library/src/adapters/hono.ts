import type { Context, MiddlewareHandler } from 'hono'
import type { Auth } from '../http/auth.ts'
import type { AuthenticateResult, Requirement } from '../http/authenticate.ts'
import { refusalReply } from '../http/replies.ts'
import { bodyFromParser } from '../http/body.ts'
import { setAuth, readAuth, requestChecker, type GetAuth } from '../http/guard.ts'
import {
  handleRoute,
  checkRoutes,
  type AddressOption,
  type RoutesOptions,
} from '../http/routes/index.ts'
import type { Body, RequestView } from '../http/request.ts'
import { FetchView, requestBody, responseOf } from './shared/fetch.ts'

export { responseOf, sendRefusal, sendTokens } from './shared/fetch.ts'

export const getAuth: GetAuth<Context> = readAuth

/** The check in front of a route: it passes the request on, or answers 401. */
export function guard(auth: Auth, requirement?: Requirement): MiddlewareHandler {
  const check = requestChecker(auth, requirement)
  return function checkRequest(context, next) {
    const outcome = check(viewOf(context))
    return outcome instanceof Promise
      ? outcome.then((late) => settle(context, next, late))
      : settle(context, next, outcome)
  }
}

function settle(
  context: Context,
  next: () => Promise<void>,
  outcome: AuthenticateResult,
): Promise<Response | void> {
  if (!outcome.ok) return Promise.resolve(responseOf(refusalReply(outcome)))
  setAuth(context, outcome)
  return next()
}

/** Answers `/refresh`, `/logout`, `/sessions`, the JWKS, and `/login` where `signIn` is given, and passes everything else on. */
export function routes(
  auth: Auth,
  options: RoutesOptions & AddressOption<[Context]> = {},
): MiddlewareHandler {
  checkRoutes(options)
  return function answerRoutes(context, next) {
    const reply = handleRoute(auth, viewOf(context, options), options)
    return reply === null ? next() : reply.then(responseOf)
  }
}

/** The body of a request as an object, from JSON or a form: bounded, parsed once, with the refusal to answer where it is neither. */
export async function bodyOf({ req }: Context): Promise<Body> {
  // Hono keeps what somebody has read through it.
  return req.raw.bodyUsed && Object.keys(req.bodyCache).length > 0
    ? bodyFromParser(await req.text(), req.header('content-type'))
    : requestBody(req.raw)
}

export function viewOf(context: Context, { address }: AddressOption<[Context]> = {}): RequestView {
  return new FetchView(context.req.raw, address && (() => address(context)), () => bodyOf(context))
}
