import type { Auth } from '../http/auth.ts'
import type { AuthenticateResult, Requirement } from '../http/authenticate.ts'
import { refusalReply } from '../http/replies.ts'
import { setAuth, readAuth, requestChecker, type GetAuth } from '../http/guard.ts'
import {
  handleRoute,
  checkRoutes,
  type AddressOption,
  type RoutesOptions,
} from '../http/routes/index.ts'
import type { Awaitable } from '../core/store.ts'
import { NodeView, nodeBody, type NodeRequest } from './shared/node-request.ts'
import { send, type NodeResponse } from './shared/node-response.ts'
import type { Body, RequestView } from '../http/request.ts'

export { sendRefusal, sendTokens } from './shared/node-response.ts'

export const getAuth: GetAuth<NodeRequest> = readAuth

/**
 * The check in front of a handler. It passes the request on, or answers 401 itself.
 * `await guard(auth)(request, response)` is true where the request passed; `getAuth(request)` then says who it is.
 */
export function guard(
  auth: Auth,
  requirement?: Requirement,
): (request: NodeRequest, response: NodeResponse) => Awaitable<boolean> {
  const check = requestChecker(auth, requirement)
  return function checkRequest(request, response) {
    const outcome = check(new NodeView(request))
    return outcome instanceof Promise
      ? outcome.then((late) => settle(request, response, late))
      : settle(request, response, outcome)
  }
}

function settle(
  request: NodeRequest,
  response: NodeResponse,
  outcome: AuthenticateResult,
): boolean {
  if (outcome.ok) setAuth(request, outcome)
  else send(response, refusalReply(outcome))
  return outcome.ok
}

/** Answers `/refresh`, `/logout`, `/sessions`, the JWKS, and `/login` where `signIn` is given; false where the request is for none of them. */
export function routes(
  auth: Auth,
  options: RoutesOptions & AddressOption<[NodeRequest]> = {},
): (request: NodeRequest, response: NodeResponse) => Promise<boolean> {
  checkRoutes(options)
  return async function answerRoutes(request, response) {
    const reply = await handleRoute(auth, viewOf(request, options), options)
    if (reply !== null) send(response, reply)
    return reply !== null
  }
}

/** The body of a request as an object, from JSON or a form: bounded, parsed once, with the refusal to answer where it is neither. */
export function bodyOf(request: NodeRequest): Promise<Body> {
  return nodeBody(request)
}

export function viewOf(
  request: NodeRequest,
  { address }: AddressOption<[NodeRequest]> = {},
): RequestView {
  return new NodeView(request, undefined, address && (() => address(request)))
}
