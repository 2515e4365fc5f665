/**
 * Adapter for NestJS, on Express or on Fastify. Nest passes an execution context with the request
 * of its platform; a guard is a class that returns true or throws an `HttpException`. `getAuth`
 * reads what the guard stored on the platform's request object. The routes are Express middleware.
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
import type { Awaitable } from '../core/store.ts'
import { viewOf, type Middleware } from './express.ts'
import { routingOf } from './shared/node-paths.ts'
import { send } from './shared/node-response.ts'
import { NodeView, type FrameworkRequest, type NodeRequest } from './shared/node-request.ts'

export type * from './shared/types.ts'
export type { NodeRequest } from './shared/node-request.ts'
export type { NodeResponse } from './shared/node-response.ts'
export type { Middleware } from './express.ts'
export type { FrameworkRequest } from './shared/node-request.ts'
export { bodyOf, sendRefusal, sendTokens, viewOf } from './express.ts'

/** Express's request extends Node's; Fastify's wraps it. */
export type NestRequest = NodeRequest | (FrameworkRequest & { raw: NodeRequest })

export const getAuth: GetAuth<NestRequest> = readAuth

/**
 * A parameter decorator with the result of `getAuth`: `@CurrentAuth() auth: Authenticated`, or
 * `@CurrentAuth({ optional: true })` behind a guard with `optional`.
 */
export const CurrentAuth: (options?: { optional: true }) => ParameterDecorator =
  createParamDecorator(
    (
      options: { optional: true } | undefined,
      context: ExecutionContext,
    ): Authenticated | Anonymous =>
      readAuth(
        context.switchToHttp().getRequest<NestRequest>(),
        options ?? ({} as { optional: true }),
      ),
  )

/**
 * A guard class, for `@UseGuards(guard(auth))` or as the class of `APP_GUARD`. Lets a request with
 * a valid token pass, and throws an `HttpException` for any other. Throws a `TypeError` for an
 * unknown requirement, and for a context other than HTTP.
 */
export function guard(auth: Auth, requirement?: Requirement): Type<CanActivate> {
  const check = requestChecker(auth, requirement)
  class LatchkeyGuard implements CanActivate {
    canActivate(context: ExecutionContext): Awaitable<boolean> {
      if (context.getType() !== 'http')
        throw new TypeError(`guard(auth) checks HTTP requests, not "${context.getType()}"`)
      const request = context.switchToHttp().getRequest<NestRequest>()
      const result = check(
        'raw' in request ? new NodeView(request.raw, request) : new NodeView(request),
      )
      return result instanceof Promise
        ? result.then((resolved) => passOrThrow(context, request, resolved))
        : passOrThrow(context, request, result)
    }
  }
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
  const response = context
    .switchToHttp()
    .getResponse<{ header(name: string, value: string): void }>()
  for (const [name, value] of headers) response.header(name, value)
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
    const reply = handleRoute(auth, viewOf(request, options), options, routing)
    if (reply === null) next()
    else reply.then((resolved) => send(response, resolved)).then(undefined, next)
  }
}
