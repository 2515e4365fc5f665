/**
 * Adapter for `node:http`, `node:https` and `node:http2` without a framework. A listener gets
 * Node's request and response. There is no middleware: `guard` and `routes` return whether the
 * listener should continue. `getAuth` reads what `guard` stored on the request object.
 */
import type { Auth, SessionAuth } from '../http/auth-types.ts'
import type { AuthenticateResult, Requirement } from '../http/authenticate.ts'
import { NO_STORE, refusalReply } from '../http/replies.ts'
import { setAuth, readAuth, requestChecker, type GetAuth } from '../http/guard.ts'
import {
  handleRoute,
  checkRoutes,
  type AddressOption,
  type RoutesOptions,
} from '../http/routes/index.ts'
import { signInReply, type SignInRequestOptions } from '../http/start-session.ts'
import type { Awaitable } from '../core/store.ts'
import { describeCause } from '../core/warn-of-failures.ts'
import { MAX_BODY_BYTES } from '../http/body.ts'
import { nodeBodyOnly } from './shared/node-body.ts'
import { NodeView, type FrameworkRequest, type NodeRequest } from './shared/node-request.ts'
import { routingOf } from './shared/node-paths.ts'
import { isFastifyRequest, wrongFramework } from './shared/wrong-framework.ts'
import { send, type NodeResponse } from './shared/node-response.ts'
import type { Body, RequestView } from '../http/request.ts'

export type * from './shared/types.ts'
export type { NodeRequest } from './shared/node-request.ts'
export type { NodeResponse } from './shared/node-response.ts'
export { sendRefusal, sendTokens } from './shared/node-response.ts'

export const getAuth: GetAuth<NodeRequest> = readAuth

/**
 * Checks a request: `await guard(auth)(request, response)` is true if it has a valid token. If it
 * is false, the refusal has been sent; or, if a callback of the application threw, a 500, and the
 * error is a warning of the process. Throws a `TypeError` for an unknown requirement.
 */
export function guard(
  auth: Auth,
  requirement?: Requirement,
): (request: NodeRequest, response: NodeResponse) => Awaitable<boolean> {
  const check = requestChecker(auth, requirement)
  return function checkRequest(request, response, ...rest: unknown[]) {
    requireNodeCall(request, response, rest)
    try {
      const result = check(new NodeView(request, undefined, undefined, response))
      return result instanceof Promise
        ? result.then(
            (resolved) => passOrRefuse(request, response, resolved),
            (cause: unknown) => (sendFailure(response, cause), false),
          )
        : passOrRefuse(request, response, result)
    } catch (cause) {
      sendFailure(response, cause)
      return false
    }
  }
}

/** Frameworks pass a context, or a function to continue with, which would never be called. */
function requireNodeCall(
  request: NodeRequest | undefined,
  response: NodeResponse | undefined,
  rest: readonly unknown[],
): void {
  if (
    rest.some((argument) => typeof argument === 'function') ||
    typeof response !== 'object' ||
    request?.headers === undefined ||
    isFastifyRequest(request)
  )
    throw wrongFramework('node', request)
}

/** Without a framework there is no error handler, and to throw would end the process. */
function sendFailure(response: NodeResponse, cause: unknown): void {
  process.emitWarning(`a request failed: ${describeCause(cause)}`, 'LatchkeyWarning')
  const body = { error: 'internal_error', message: 'The server has failed. See its log.' }
  send(response, { status: 500, headers: [NO_STORE], body })
}

function passOrRefuse(
  request: NodeRequest,
  response: NodeResponse,
  result: AuthenticateResult,
): boolean {
  if (result.ok) setAuth(request, result)
  else send(response, refusalReply(result))
  return result.ok
}

/**
 * Handles `/refresh`, `/logout`, `/sessions`, `/ticket`, the JWKS and, with the option `signIn`,
 * `/login`. Resolves to false for every other request, and leaves its response alone. If a callback
 * of the application throws, sends a 500, and the error is a warning of the process. Throws a
 * `TypeError` for an unknown option, and if `auth` has no store.
 */
export function routes(
  auth: SessionAuth,
  options: RoutesOptions & AddressOption<[NodeRequest]> = {},
): (request: NodeRequest, response: NodeResponse) => Promise<boolean> {
  checkRoutes(auth, options)
  const hasBase = Boolean(options.base)
  return async function handleRequest(request, response, ...rest: unknown[]) {
    requireNodeCall(request, response, rest)
    try {
      const routing = routingOf(request, { whole: hasBase })
      const reply = await handleRoute(auth, viewOf(request, options), options, routing)
      if (reply !== null) send(response, reply)
      return reply !== null
    } catch (cause) {
      sendFailure(response, cause)
      return true
    }
  }
}

/**
 * Signs in the identity whose credentials a route of your own has checked, and sends the tokens.
 * Checks the origin, stores the device, and in cookie mode ends the session that is replaced.
 */
export async function signIn(
  auth: SessionAuth,
  request: NodeRequest,
  response: NodeResponse,
  identity: string,
  options?: SignInRequestOptions,
): Promise<void> {
  send(response, await signInReply(auth, viewOf(request), identity, options))
}

/**
 * The fields of a JSON or form body: one that the framework or a guard has parsed, or any of at
 * most 16 KiB. A refusal for any other body.
 */
export function bodyOf(request: NodeRequest): Promise<Body> {
  return nodeBodyOnly(request, request as FrameworkRequest, MAX_BODY_BYTES)
}

/** The request as Latchkey reads it, for `auth.authenticate` and `deviceOf`. */
export function viewOf(
  request: NodeRequest,
  { address }: AddressOption<[NodeRequest]> = {},
): RequestView {
  return new NodeView(request, undefined, address && (() => address(request)))
}
