/**
 * Adapter for Hono 4. Hono passes a context with a `Request` of the Fetch standard
 * (`context.req.raw`); middleware returns a `Response`, or the promise of `next`. `getAuth` reads
 * what `guard` stored on the context.
 */
import type { Context, MiddlewareHandler } from 'hono'
import type { Auth, SessionAuth } from '../http/auth-types.ts'
import type { Anonymous, AuthenticateResult, Requirement } from '../http/authenticate.ts'
import { refusalReply } from '../http/replies.ts'
import { bodyFromParser, fieldsOf, MAX_BODY_BYTES } from '../http/body.ts'
import { refuse } from '../core/errors.ts'
import {
  setAuth,
  readAuth,
  requestChecker,
  type AuthenticatedBy,
  type Guarded,
} from '../http/guard.ts'
import {
  handleRoute,
  checkRoutes,
  type AddressOption,
  type RoutesOptions,
} from '../http/routes/index.ts'
import { signInReply, type SignInRequestOptions } from '../http/start-session.ts'
import type { Body, RequestView } from '../http/request.ts'
import { wrongFramework } from './shared/wrong-framework.ts'
import { FetchView, requestBody, responseOf } from './shared/fetch.ts'

export type * from './shared/types.ts'
export type { Reply } from '../core/errors.ts'
export { responseOf, sendRefusal, sendTokens } from './shared/fetch.ts'

/** The members of Hono's context that `getAuth` uses. `guard` adds its auth object to `var`. */
export interface GuardedContext<SomeAuth extends Auth> {
  readonly req: Context['req']
  readonly var: Guarded<SomeAuth>
}

/** `getAuth`, as for every adapter; the types of the claims and the user follow from `guard`. */
export interface HonoGetAuth {
  <SomeAuth extends Auth = Auth>(context: GuardedContext<SomeAuth>): AuthenticatedBy<SomeAuth>
  <SomeAuth extends Auth = Auth>(
    context: GuardedContext<SomeAuth>,
    options: { optional: true },
  ): AuthenticatedBy<SomeAuth> | Anonymous
}

export const getAuth: HonoGetAuth = readAuth

/**
 * Middleware that lets a request with a valid token pass, and sends a refusal to any other. Throws
 * a `TypeError` for an unknown requirement.
 */
export function guard<SomeAuth extends Auth>(
  auth: SomeAuth,
  requirement?: Requirement,
): MiddlewareHandler<{ Variables: Guarded<SomeAuth> }> {
  const check = requestChecker(auth, requirement)
  return function checkRequest(context, next) {
    requireHono(context)
    const result = check(viewOf(context))
    return result instanceof Promise
      ? result.then((resolved) => passOrRefuse(context, next, resolved))
      : passOrRefuse(context, next, result)
  }
}

function requireHono(context: Partial<Context> | undefined): void {
  if (context?.req?.raw === undefined) throw wrongFramework('hono', context)
}

function passOrRefuse(
  context: Context,
  next: () => Promise<void>,
  result: AuthenticateResult,
): Promise<Response | void> {
  if (!result.ok) return Promise.resolve(responseOf(refusalReply(result)))
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
  options: RoutesOptions & AddressOption<[Context]> = {},
): MiddlewareHandler {
  checkRoutes(auth, options)
  return function handleRequest(context, next) {
    requireHono(context)
    const view = viewOf(context, options)
    const paths = pathsOf(context.req.routePath, view.path, options.base)
    const reply = handleRoute(auth, view, options, { paths })
    return reply === null ? next() : reply.then(responseOf)
  }
}

/**
 * The path below the one at which the routes are mounted, as by `app.use('/auth/*', …)`, `basePath`
 * or `route`; with `base` also the whole path, since `base` may repeat it.
 */
function pathsOf(routePath: string, path: string, base: string | undefined): string[] {
  const mounted = routePath
    .replace(/\/?\*$/, '')
    .split('/')
    .slice(1)
  if (mounted.length === 0 || !routePath.endsWith('*')) return [path]
  const segments = path.split('/')
  // An optional segment, such as `:locale?`, may be missing.
  const counts = new Set([
    mounted.length,
    mounted.filter((segment) => !segment.endsWith('?')).length,
  ])
  const below = Array.from(counts, (count) => `/${segments.slice(count + 1).join('/')}`)
  return base ? [...below, path] : below
}

/**
 * Signs in the identity whose credentials a route of your own has checked, and sends the tokens.
 * Checks the origin, stores the device, and in cookie mode ends the session that is replaced.
 */
export async function signIn(
  auth: SessionAuth,
  context: Context,
  identity: string,
  options?: SignInRequestOptions,
): Promise<Response> {
  return responseOf(await signInReply(auth, viewOf(context), identity, options))
}

/**
 * The fields of a JSON or form body: one that the application or a guard has read, or any of at
 * most 16 KiB. A refusal for any other body.
 */
export function bodyOf({ req }: Context): Promise<Body> {
  return honoBody(req, MAX_BODY_BYTES)
}

/** What Hono keeps: promises in some versions, values in others. */
interface CachedBody {
  formData?: FormData | Promise<FormData>
  json?: object | Promise<object>
}

async function parsedOf({ formData, json }: CachedBody): Promise<unknown> {
  const form = await formData
  return form ? fieldsOf(form) : json
}

/** If the application has read the body through Hono, Hono still has it; the stream is used up. */
async function honoBody(req: Context['req'], limit?: number): Promise<Body> {
  const { raw, bodyCache } = req
  if (!raw.bodyUsed || Object.keys(bodyCache).length === 0) return requestBody(raw, limit)
  const maximum = limit ?? MAX_BODY_BYTES
  const type = req.header('content-type')
  const isLong = Number(req.header('content-length') ?? 0) > maximum
  if (limit === undefined && isLong) return refuse('body_too_large')
  try {
    const parsed = (await parsedOf(bodyCache)) ?? (await req.text())
    return await bodyFromParser(parsed, type, maximum)
  } catch {
    return refuse('request_invalid')
  }
}

/** The request as Latchkey reads it, for `auth.authenticate` and `deviceOf`. */
export function viewOf(context: Context, { address }: AddressOption<[Context]> = {}): RequestView {
  return new FetchView(context.req.raw, address && (() => address(context)), (limit) =>
    honoBody(context.req, limit),
  )
}
