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
import type { Body, RequestView } from '../http/request.ts'
import type { Awaitable } from '../core/store.ts'
import { FetchView, requestBody, responseOf } from './shared/fetch.ts'

export { responseOf, sendRefusal, sendTokens } from './shared/fetch.ts'

/** A handler of the Fetch standard. Beside the request come parameters (Next.js), the server (Bun), the connection (Deno), the environment (Workers). */
export type Handler<Rest extends unknown[]> = (
  request: Request,
  ...rest: Rest
) => Awaitable<Response>

export const getAuth: GetAuth<Request> = readAuth

/** The handler with a check in front of it: a request passes on to it, or is answered 401. */
export function guard<Rest extends unknown[]>(
  auth: Auth,
  handler: Handler<Rest>,
  requirement?: Requirement,
): (request: Request, ...rest: Rest) => Promise<Response> {
  const check = requestChecker(auth, requirement)
  return async function checkRequest(request, ...rest) {
    const outcome: AuthenticateResult = await check(new FetchView(request))
    if (!outcome.ok) return responseOf(refusalReply(outcome))
    setAuth(request, outcome)
    return handler(request, ...rest)
  }
}

/** Answers `/refresh`, `/logout`, `/sessions`, the JWKS, and `/login` where `signIn` is given; null where the request is for none of them. */
export function routes<Rest extends unknown[]>(
  auth: Auth,
  options: RoutesOptions & AddressOption<[request: Request, ...rest: Rest]> = {},
): (request: Request, ...rest: Rest) => Promise<Response | null> {
  checkRoutes(options)
  const { address } = options
  return async function answerRoutes(request, ...rest) {
    const reply = await handleRoute(
      auth,
      new FetchView(request, address && (() => address(request, ...rest))),
      options,
    )
    return reply && responseOf(reply)
  }
}

/** The body of a request as an object, from JSON or a form: bounded, parsed once, with the refusal to answer where it is neither. */
export function bodyOf(request: Request): Promise<Body> {
  return requestBody(request)
}

export function viewOf(request: Request, { address }: AddressOption<[Request]> = {}): RequestView {
  return new FetchView(request, address && (() => address(request)))
}
