/**
 * Adapter for Express 4 and 5, and for every framework with the same middleware. Express passes
 * Node's own request and response, extended, and continues when `next` is called. `getAuth` reads
 * what `guard` stored on the request object.
 */
import { setImmediate } from 'node:timers'
import type { Auth, SessionAuth } from '../http/auth-types.ts'
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
import { routingOf } from './shared/node-paths.ts'
import { isFastifyRequest, wrongFramework } from './shared/wrong-framework.ts'
import { send, type NodeResponse } from './shared/node-response.ts'

export type * from './shared/types.ts'
export type { NodeRequest } from './shared/node-request.ts'
export type { NodeResponse } from './shared/node-response.ts'
export { bodyOf, getAuth, sendRefusal, sendTokens, signIn, viewOf } from './node.ts'

export type Middleware = (
  request: NodeRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void

/**
 * Middleware that lets a request with a valid token pass, and sends a refusal to any other. Throws
 * a `TypeError` for an unknown requirement.
 */
export function guard(auth: Auth, requirement?: Requirement): Middleware {
  const check = requestChecker(auth, requirement)
  return function checkRequest(request, response, next) {
    if (!isExpressCall(request, next)) return failCall(request, next)
    const result = check(new NodeView(request, undefined, undefined, response))
    if (result instanceof Promise)
      result
        .then((resolved) => passOrRefuse(request, response, next, resolved))
        .then(undefined, next)
    else passOrRefuse(request, response, next, result)
  }
}

/** Others call it with a context, without `next`, as a class, or as a plugin. */
const isExpressCall = (request: NodeRequest | undefined, next: unknown): boolean =>
  typeof next === 'function' && request?.headers !== undefined && !isFastifyRequest(request)

function failCall(argument: unknown, next: unknown): void {
  const error = wrongFramework('express', argument)
  if (typeof next !== 'function') throw error
  next(error)
}

function passOrRefuse(
  request: NodeRequest,
  response: NodeResponse,
  next: () => void,
  result: AuthenticateResult,
): void {
  if (!result.ok) return send(response, refusalReply(result))
  setAuth(request, result)
  // Under load all waiting requests are then checked before the first handler runs, which keeps
  // both code paths warm. Imported from node:timers, because tests may replace the global function.
  setImmediate(next)
}

/**
 * Middleware for `/refresh`, `/logout`, `/sessions`, `/ticket`, the JWKS and, with the option
 * `signIn`, `/login`. Passes every other request on. Throws a `TypeError` for an unknown option,
 * and if `auth` has no store.
 */
export function routes(
  auth: SessionAuth,
  options: RoutesOptions & AddressOption<[NodeRequest]> = {},
): Middleware {
  checkRoutes(auth, options)
  const hasBase = Boolean(options.base)
  return function handleRequest(request, response, next) {
    if (!isExpressCall(request, next)) return failCall(request, next)
    const routing = routingOf(request, { whole: hasBase })
    const reply = handleRoute(auth, viewOf(request, options), options, routing)
    if (reply === null) next()
    else reply.then((resolved) => send(response, resolved)).then(undefined, next)
  }
}
