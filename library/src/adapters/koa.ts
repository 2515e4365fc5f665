import type { Auth } from '../http/auth.ts'
import type { AuthenticateResult, Requirement } from '../http/authenticate.ts'
import { refusalReply, tokenReply } from '../http/replies.ts'
import { setAuth, readAuth, requestChecker, type GetAuth } from '../http/guard.ts'
import {
  handleRoute,
  checkRoutes,
  type AddressOption,
  type RoutesOptions,
} from '../http/routes/index.ts'
import type { Reply } from '../core/errors.ts'
import type { Body, RequestView } from '../http/request.ts'
import type { TokenSet } from '../core/session/token-set.ts'
import type { Mode } from '../protocol.ts'
import {
  NodeView,
  nodeBody,
  type FrameworkRequest,
  type NodeRequest,
} from './shared/node-request.ts'

/** What is needed of Koa's context; its router and other routers give the same. */
export interface KoaContext {
  readonly req: NodeRequest
  readonly request: FrameworkRequest
  status: number
  body: unknown
  set(name: string, value: string): unknown
  append(name: string, value: string): unknown
}

export type Middleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<unknown>

export const getAuth: GetAuth<KoaContext> = readAuth

/** The check in front of a route: it passes the request on, or answers 401. */
export function guard(auth: Auth, requirement?: Requirement): Middleware {
  const check = requestChecker(auth, requirement)
  return function checkRequest(context, next) {
    const outcome = check(new NodeView(context.req, context.request))
    return outcome instanceof Promise
      ? outcome.then((late) => settle(context, next, late))
      : settle(context, next, outcome)
  }
}

function settle(
  context: KoaContext,
  next: () => Promise<unknown>,
  outcome: AuthenticateResult,
): Promise<unknown> {
  if (!outcome.ok) return send(context, refusalReply(outcome))
  setAuth(context, outcome)
  return next()
}

/** Answers `/refresh`, `/logout`, `/sessions`, the JWKS, and `/login` where `signIn` is given, and passes everything else on. */
export function routes(
  auth: Auth,
  options: RoutesOptions & AddressOption<[KoaContext]> = {},
): Middleware {
  checkRoutes(options)
  return function answerRoutes(context, next) {
    const reply = handleRoute(auth, viewOf(context, options), options)
    return reply === null ? next() : reply.then((late) => send(context, late))
  }
}

/** Answers a sign-in with its tokens: as JSON, or in cookies. */
export function sendTokens(
  auth: Auth,
  context: KoaContext,
  tokens: TokenSet,
  mode: Mode = 'header',
): void {
  void send(context, tokenReply(auth.settings, tokens, mode))
}

/** Answers a refusal: that of a guard, of `bodyOf`, or one with a code of the application's own. */
export function sendRefusal(
  context: KoaContext,
  refusal: { code: string; status: number; message: string },
): void {
  void send(context, refusalReply(refusal))
}

/** The body of a request as an object, from JSON or a form: bounded, parsed once, with the refusal to answer where it is neither. */
export function bodyOf({ req, request }: KoaContext): Promise<Body> {
  return nodeBody(req, request)
}

export function viewOf(
  context: KoaContext,
  { address }: AddressOption<[KoaContext]> = {},
): RequestView {
  return new NodeView(context.req, context.request, address && (() => address(context)))
}

async function send(context: KoaContext, { status, headers, body }: Reply): Promise<void> {
  for (const [name, value] of headers) {
    if (name === 'Set-Cookie') context.append(name, value)
    else context.set(name, value)
  }
  context.status = status
  context.body = body ?? null
  context.status = status
}
