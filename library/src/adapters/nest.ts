/**
 * Adapter for NestJS, on Express or on Fastify. Nest passes an execution context with the request
 * of its platform, or with that of a GraphQL query; a guard is a class that returns true or throws
 * an `HttpException`. `getAuth` reads what the guard stored on the platform's request object. The
 * routes are Express middleware.
 */
import {
  createParamDecorator,
  HttpException,
  Injectable,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common'
import type { Auth, SessionAuth } from '../http/auth-types.ts'
import type {
  Anonymous,
  Authenticated,
  AuthenticateResult,
  Requirement,
} from '../http/authenticate.ts'
import { refusalReply } from '../http/replies.ts'
import { setAuth, readAuth, requestChecker, type GetAuth } from '../http/guard.ts'
import {
  handleRoute,
  checkRoutes,
  type AddressOption,
  type RoutesOptions,
} from '../http/routes/index.ts'
import type { Refusal } from '../core/errors.ts'
import { viewOf as nodeViewOf, type Middleware } from './express.ts'
import {
  addHeader,
  viewForGuard,
  type MessageHeaders,
  type NestRequest,
  type NestResponse,
} from './shared/nest-platforms.ts'
import { requestOf } from './shared/nest-contexts.ts'
import { routingOf } from './shared/node-paths.ts'
import { send } from './shared/node-response.ts'
import { wrongFramework } from './shared/wrong-framework.ts'
import type { NodeRequest } from './shared/node-request.ts'

export type * from './shared/types.ts'
export type { NodeRequest } from './shared/node-request.ts'
export type { NodeResponse } from './shared/node-response.ts'
export type { Middleware } from './express.ts'
export type { FrameworkRequest } from './shared/node-request.ts'
export { bodyOf, sendRefusal, sendTokens, signIn, viewOf } from './shared/nest-platforms.ts'
export type {
  MessageHeaders,
  NestReply,
  NestRequest,
  NestResponse,
} from './shared/nest-platforms.ts'

export const getAuth: GetAuth<NestRequest> = readAuth

/**
 * Returns the HTTP request of an execution context, for contexts other than HTTP and GraphQL: that
 * of the handshake of a WebSocket, or `{ headers }` made of a message.
 */
export interface GetRequestOption {
  getRequest?: (context: ExecutionContext) => NestRequest | MessageHeaders
}

/**
 * A parameter decorator with the result of `getAuth`: `@CurrentAuth() auth: Authenticated`, or
 * `@CurrentAuth({ optional: true })` behind a guard with `optional`. Also in resolvers of GraphQL;
 * in other contexts `getRequest` must return the object that it returned for the guard.
 */
export const CurrentAuth: (options?: { optional?: true } & GetRequestOption) => ParameterDecorator =
  createParamDecorator(
    (
      { optional, getRequest = requestOf }: { optional?: true } & GetRequestOption = {},
      context: ExecutionContext,
    ): Authenticated | Anonymous =>
      readAuth(getRequest(context), { optional } as { optional: true }),
  )

/** What `guard` returns. */
export interface NestGuard extends CanActivate {
  /** A class that extends the guard may replace it, as the option of the same name does. */
  getRequest(context: ExecutionContext): NestRequest | MessageHeaders
}

/**
 * A guard class, for `@UseGuards(guard(auth))` or as the class of `APP_GUARD`. Lets a request with
 * a valid token pass, and throws an `HttpException` for any other. For HTTP and GraphQL; in other
 * contexts it throws a `TypeError` without the option `getRequest`. Throws a `TypeError` for an
 * unknown requirement.
 */
export function guard(
  auth: Auth,
  requirement?: Requirement,
  { getRequest = requestOf }: GetRequestOption = {},
): Type<NestGuard> {
  const check = requestChecker(auth, requirement)
  // A class that can be called: other frameworks do, and the error of a real one does not help.
  const LatchkeyGuard = function (request: unknown): void {
    if (new.target === undefined) throw wrongFramework('nest', request)
  } as unknown as Type<NestGuard>
  LatchkeyGuard.prototype.canActivate = function (this: NestGuard, context: ExecutionContext) {
    const request = this.getRequest(context) as NestRequest
    const result = check(viewForGuard(request))
    return result instanceof Promise
      ? result.then((resolved) => passOrThrow(context, request, resolved))
      : passOrThrow(context, request, result)
  }
  LatchkeyGuard.prototype.getRequest = getRequest
  Injectable()(LatchkeyGuard)
  return LatchkeyGuard
}

function passOrThrow(
  context: ExecutionContext,
  request: NestRequest,
  result: AuthenticateResult,
): boolean {
  if (!result.ok) throw refusalException(context, result)
  setAuth(request, result)
  return true
}

/** Exception filters send only the status and the body, so the headers are set on the response. */
function refusalException(context: ExecutionContext, refusal: Refusal): HttpException {
  const { status, headers, body } = refusalReply(refusal)
  // The GraphQL driver of Nest looks for the status here; without it, it hides the refusal.
  if (context.getType() !== 'http')
    return new HttpException({ statusCode: status, ...(body as object | undefined) }, status)
  const response = context.switchToHttp().getResponse<NestResponse>()
  for (const [name, value] of headers) addHeader(response, name, value)
  return new HttpException(body as object, status)
}

/**
 * Middleware for `/refresh`, `/logout`, `/sessions`, `/ticket`, the JWKS and, with the option
 * `signIn`, `/login`: for `app.use(routes(auth))`, or for `configure` of a module. Passes every
 * other request on. Throws a `TypeError` for an unknown option, and if `auth` has no store.
 */
export function routes(
  auth: SessionAuth,
  options: RoutesOptions & AddressOption<[NodeRequest]> = {},
): Middleware {
  checkRoutes(auth, options)
  return function handleRequest(request, response, next) {
    // Nest mounts a module's middleware at a wildcard pattern, which removes the path from `url`.
    const routing = routingOf(request, { whole: true })
    const reply = handleRoute(auth, nodeViewOf(request, options), options, routing)
    if (reply === null) next()
    else reply.then((resolved) => send(response, resolved)).then(undefined, next)
  }
}
