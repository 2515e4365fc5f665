/**
 * Adapter for the Fetch standard: Next.js, Bun, Deno, Workers and others. A handler gets a
 * `Request` and returns a `Response`; there is no middleware, so a guard wraps the handler.
 * `getAuth` reads what `guard` stored on the request object.
 */
import type { Auth, SessionAuth } from '../http/auth-types.ts'
import type { AuthenticateResult, Requirement } from '../http/authenticate.ts'
import { refusalReply } from '../http/replies.ts'
import { setAuth, readAuth, requestChecker, type GetAuth, type Guarded } from '../http/guard.ts'
import {
  handleRoute,
  checkRoutes,
  type AddressOption,
  type RoutesOptions,
} from '../http/routes/index.ts'
import { signInReply, type SignInRequestOptions } from '../http/start-session.ts'
import type { Body, RequestView } from '../http/request.ts'
import type { Awaitable } from '../core/store.ts'
import { MAX_BODY_BYTES } from '../http/body.ts'
import { wrongFramework } from './shared/wrong-framework.ts'
import { FetchView, requestBody, responseOf } from './shared/fetch.ts'

export type * from './shared/types.ts'
export type { Reply } from '../core/errors.ts'
export type { RenderCookies } from '../http/render.ts'
export { responseOf, sendRefusal, sendTokens, withCookies } from './shared/fetch.ts'

/**
 * A handler. `Rest` is what the framework passes in addition to the request: parameters (Next.js),
 * the server (Bun), the connection (Deno), the environment (Workers).
 */
export type Handler<Rest extends unknown[], SomeAuth extends Auth = Auth> = (
  request: Request & Guarded<SomeAuth>,
  ...rest: Rest
) => Awaitable<Response>

export const getAuth: GetAuth<Request> = readAuth

/**
 * Wraps a handler: it is called for a request with a valid token, and any other gets a refusal.
 * Throws a `TypeError` for an unknown requirement.
 */
export function guard<SomeAuth extends Auth, Rest extends unknown[]>(
  auth: SomeAuth,
  handler: Handler<Rest, SomeAuth>,
  requirement?: Requirement,
): (request: Request, ...rest: Rest) => Promise<Response> {
  const check = requestChecker(auth, requirement)
  if (typeof handler !== 'function')
    throw new TypeError('guard of latchkey/fetch wraps a handler: guard(auth, handler)')
  return async function checkRequest(request, ...rest) {
    requireFetch(request)
    const result: AuthenticateResult = await check(new FetchView(request))
    if (!result.ok) return responseOf(refusalReply(result))
    setAuth(request, result)
    return handler(request, ...rest)
  }
}

/**
 * A handler for `/refresh`, `/logout`, `/sessions`, `/ticket`, the JWKS and, with the option
 * `signIn`, `/login`. Resolves to null for every other request. Throws a `TypeError` for an unknown
 * option, and if `auth` has no store.
 */
export function routes<Rest extends unknown[]>(
  auth: SessionAuth,
  options: RoutesOptions & AddressOption<[request: Request, ...rest: Rest]> = {},
): (request: Request, ...rest: Rest) => Promise<Response | null> {
  checkRoutes(auth, options)
  const { address } = options
  return async function handleRequest(request, ...rest) {
    requireFetch(request)
    const view = new FetchView(request, address && (() => address(request, ...rest)))
    const reply = await handleRoute(auth, view, options, { paths: pathsOf(request, view) })
    return reply && responseOf(reply)
  }
}

function requireFetch(request: Partial<Request> | undefined): void {
  if (typeof request?.headers?.get !== 'function') throw wrongFramework('fetch', request)
}

/** Next.js has the option `basePath`, which may be left out of `base`. */
function pathsOf(
  request: Request & { nextUrl?: { basePath?: string } },
  { path }: RequestView,
): string[] {
  const basePath = request.nextUrl?.basePath ?? ''
  return basePath !== '' && path.startsWith(`${basePath}/`)
    ? [path.slice(basePath.length), path]
    : [path]
}

/**
 * Signs in the identity whose credentials a route of your own has checked, and sends the tokens.
 * Checks the origin, stores the device, and in cookie mode ends the session that is replaced.
 */
export async function signIn(
  auth: SessionAuth,
  request: Request,
  identity: string,
  options?: SignInRequestOptions,
): Promise<Response> {
  return responseOf(await signInReply(auth, viewOf(request), identity, options))
}

/**
 * The fields of a JSON or form body: one that the framework or a guard has parsed, or any of at
 * most 16 KiB. A refusal for any other body.
 */
export function bodyOf(request: Request): Promise<Body> {
  return requestBody(request, MAX_BODY_BYTES)
}

/** The request as Latchkey reads it, for `auth.authenticate` and `deviceOf`. */
export function viewOf(request: Request, { address }: AddressOption<[Request]> = {}): RequestView {
  return new FetchView(request, address && (() => address(request)))
}
