/**
 * Adapter for Koa 2 and 3. Koa passes a context with Node's request (`context.req`) and its own
 * (`context.request`, which may have a parsed body); middleware sets `context.status` and
 * `context.body`, or returns the promise of `next`. `getAuth` reads what `guard` stored on the
 * context.
 */
import type { Auth, SessionAuth } from '../http/auth-types.ts'
import type { AuthenticateResult, Requirement } from '../http/authenticate.ts'
import { refusalReply, tokenReply } from '../http/replies.ts'
import { setAuth, readAuth, requestChecker, type GetAuth } from '../http/guard.ts'
import {
  handleRoute,
  checkRoutes,
  type AddressOption,
  type RoutesOptions,
} from '../http/routes/index.ts'
import { signInReply, type SignInRequestOptions } from '../http/start-session.ts'
import type { Reply } from '../core/errors.ts'
import type { Body, RequestView } from '../http/request.ts'
import { settingsOf } from '../core/settings-of-auth.ts'
import type { TokenSet } from '../core/session/token-set.ts'
import type { Mode } from '../protocol.ts'
import { MAX_BODY_BYTES } from '../http/body.ts'
import { routingOf } from './shared/node-paths.ts'
import { wrongFramework } from './shared/wrong-framework.ts'
import { nodeBodyOnly } from './shared/node-body.ts'
import { NodeView, type FrameworkRequest, type NodeRequest } from './shared/node-request.ts'

export type * from './shared/types.ts'
export type { FrameworkRequest, NodeRequest } from './shared/node-request.ts'

/** The members of Koa's context that the adapter uses. Routers pass the same context. */
export interface KoaContext {
  readonly req: NodeRequest
  readonly res?: { once?(event: 'close', listener: () => void): unknown }
  readonly request: FrameworkRequest
  readonly originalUrl?: string
  status: number
  body: unknown
  set(name: string, value: string): unknown
  append(name: string, value: string): unknown
}

export type Middleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<unknown>

export const getAuth: GetAuth<KoaContext> = readAuth

/**
 * Middleware that lets a request with a valid token pass, and sends a refusal to any other. Throws
 * a `TypeError` for an unknown requirement.
 */
export function guard(auth: Auth, requirement?: Requirement): Middleware {
  const check = requestChecker(auth, requirement)
  return function checkRequest(context, next) {
    requireKoa(context)
    const result = check(new NodeView(context.req, context.request, undefined, context.res))
    return result instanceof Promise
      ? result.then((resolved) => passOrRefuse(context, next, resolved))
      : passOrRefuse(context, next, result)
  }
}

function requireKoa(context: Partial<KoaContext> | undefined): void {
  if (context?.req === undefined || context.request === undefined)
    throw wrongFramework('koa', context)
}

function passOrRefuse(
  context: KoaContext,
  next: () => Promise<unknown>,
  result: AuthenticateResult,
): Promise<unknown> {
  if (!result.ok) return send(context, refusalReply(result))
  setAuth(context, result)
  return next()
}

/**
 * Middleware for `/refresh`, `/logout`, `/sessions`, `/ticket`, the JWKS and, with the option
 * `signIn`, `/login`. Passes every other request on. Throws a `TypeError` for an unknown option,
 * and if `auth` has no store.
 */
export function routes(
  auth: SessionAuth,
  options: RoutesOptions & AddressOption<[KoaContext]> = {},
): Middleware {
  checkRoutes(auth, options)
  const hasBase = Boolean(options.base)
  return function handleRequest(context, next) {
    requireKoa(context)
    const { originalUrl, req } = context
    const routing = routingOf({ url: req.url, originalUrl }, { whole: hasBase })
    const reply = handleRoute(auth, viewOf(context, options), options, routing)
    return reply === null ? next() : reply.then((resolved) => send(context, resolved))
  }
}

/** Sends the tokens of a sign-in, as JSON or in cookies. */
export function sendTokens(
  auth: SessionAuth,
  context: KoaContext,
  tokens: TokenSet,
  mode: Mode = 'header',
): void {
  void send(context, tokenReply(settingsOf(auth), tokens, mode))
}

/** Sends a refusal: of a guard, of `bodyOf`, or one with a code of the application's own. */
export function sendRefusal(
  context: KoaContext,
  refusal: { code: string; status: number; message: string },
): void {
  void send(context, refusalReply(refusal))
}

/**
 * Signs in the identity whose credentials a route of your own has checked, and sends the tokens.
 * Checks the origin, stores the device, and in cookie mode ends the session that is replaced.
 */
export async function signIn(
  auth: SessionAuth,
  context: KoaContext,
  identity: string,
  options?: SignInRequestOptions,
): Promise<void> {
  await send(context, await signInReply(auth, viewOf(context), identity, options))
}

/**
 * The fields of a JSON or form body: one that the framework or a guard has parsed, or any of at
 * most 16 KiB. A refusal for any other body.
 */
export function bodyOf({ req, request }: KoaContext): Promise<Body> {
  return nodeBodyOnly(req, request, MAX_BODY_BYTES)
}

/** The request as Latchkey reads it, for `auth.authenticate` and `deviceOf`. */
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
  // Setting a null body makes Koa change the status to 204.
  context.status = status
}
