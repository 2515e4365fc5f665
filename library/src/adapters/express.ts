import { setImmediate } from 'node:timers'
import type { Auth } from '../http/auth.ts'
import type { AuthenticateResult, Requirement } from '../http/authenticate.ts'
import { refusalReply } from '../http/replies.ts'
import { setAuth, requestChecker } from '../http/guard.ts'
import {
  handleRoute,
  checkRoutes,
  type AddressOption,
  type RoutesOptions,
} from '../http/routes/index.ts'
import { viewOf } from './node.ts'
import { NodeView, type NodeRequest } from './shared/node-request.ts'
import { send, type NodeResponse } from './shared/node-response.ts'

export { bodyOf, getAuth, sendRefusal, sendTokens, viewOf } from './node.ts'

/** Middleware of Express 5 and 4, and of whatever else takes middleware of this form. */
export type Middleware = (
  request: NodeRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void

/** The check in front of a route: it passes the request on, or answers 401. */
export function guard(auth: Auth, requirement?: Requirement): Middleware {
  const check = requestChecker(auth, requirement)
  return function checkRequest(request, response, next) {
    const outcome = check(new NodeView(request))
    if (outcome instanceof Promise)
      outcome.then((late) => settle(request, response, next, late)).then(undefined, next)
    else settle(request, response, next, outcome)
  }
}

function settle(
  request: NodeRequest,
  response: NodeResponse,
  next: () => void,
  outcome: AuthenticateResult,
): void {
  if (!outcome.ok) return send(response, refusalReply(outcome))
  setAuth(request, outcome)
  // A busy server then checks all requests that have come before it answers the first of them, and both parts run warm. Imported, so that a
  // test that replaces the timers does not stop it.
  setImmediate(next)
}

/** Answers `/refresh`, `/logout`, `/sessions`, the JWKS, and `/login` where `signIn` is given, and passes everything else on. */
export function routes(
  auth: Auth,
  options: RoutesOptions & AddressOption<[NodeRequest]> = {},
): Middleware {
  checkRoutes(options)
  return function answerRoutes(request, response, next) {
    const reply = handleRoute(auth, viewOf(request, options), options)
    if (reply === null) next()
    else reply.then((late) => send(response, late)).then(undefined, next)
  }
}
