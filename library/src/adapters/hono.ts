import type { Context, MiddlewareHandler } from 'hono'
import { refusalReply, tokenReply } from '../http/answers.ts'
import type { Auth } from '../http/auth.ts'
import type { Anonymous, Authenticated, Requirement } from '../http/authenticate.ts'
import { readBody } from '../http/body.ts'
import { answer, type RoutesOptions } from '../http/routes.ts'
import type { Body, Reply, RequestView } from '../http/view.ts'
import type { TokenSet } from '../core/session/tokens.ts'
import type { Mode } from '../protocol.ts'

const PASSED = new WeakMap<Request, Authenticated | Anonymous>()
const BODIES = new WeakMap<Request, Promise<Body>>()

/** How the adapter learns the client's network address: the runtime knows it, Hono does not. */
export interface HonoOptions {
  address?: (context: Context) => string | undefined
}

/** The check in front of a route: it passes the request on, or answers 401. */
export function guard(auth: Auth, requirement?: Requirement, options?: HonoOptions): MiddlewareHandler {
  return async function checkRequest(context, next) {
    const outcome = await auth.authenticate(viewOf(context, options), requirement)
    if (!outcome.ok) return responseOf(refusalReply(outcome))
    PASSED.set(context.req.raw, outcome)
    return next()
  }
}

/** Answers `/refresh`, `/logout`, `/sessions`, the JWKS, and `/login` where `signIn` is given, and passes everything else on. */
export function routes(auth: Auth, options?: HonoOptions & RoutesOptions): MiddlewareHandler {
  return async function answerRoutes(context, next) {
    const reply = await answer(auth, viewOf(context, options), options)
    return reply === null ? next() : responseOf(reply)
  }
}

/**
 * Who sent a request that a guard let pass; behind a guard with `optional`, ask with `optional` as well.
 * Throws a `TypeError` where no guard ran, and for a request without a token that nobody expected.
 */
export function getAuth(context: Context): Authenticated
export function getAuth(context: Context, options: { optional: true }): Authenticated | Anonymous
export function getAuth(context: Context, { optional = false } = {}): Authenticated | Anonymous {
  const who = PASSED.get(context.req.raw)
  if (who === undefined) throw new TypeError('getAuth needs guard(auth) in front of the route')
  if (who.identity === null && !optional) throw new TypeError('behind a guard with "optional" call getAuth with { optional: true }')
  return who
}

/** Answers a sign-in with its tokens: as JSON, or in cookies. */
export function sendTokens(auth: Auth, tokens: TokenSet, mode: Mode = 'header'): Response {
  return responseOf(tokenReply(auth.settings, tokens, mode))
}

/** Answers a refusal: that of a guard, of `bodyOf`, or one with a code of the application's own. */
export function sendRefusal(refusal: { code: string; status: number; message: string }): Response {
  return responseOf(refusalReply(refusal))
}

/** The body of a request as an object, from JSON or a form: bounded, parsed once, with the refusal to answer where it is neither. */
export function bodyOf(context: Context): Promise<Body> {
  const { raw } = context.req
  const body = BODIES.get(raw) ?? readBody(raw.body as AsyncIterable<Uint8Array> | null, raw.headers.get('content-type') ?? undefined)
  BODIES.set(raw, body)
  return body
}

export function viewOf(context: Context, { address }: HonoOptions = {}): RequestView {
  return {
    method: context.req.method,
    path: context.req.path,
    header: (name) => context.req.header(name),
    body: () => bodyOf(context),
    address: address?.(context),
  }
}

/** A reply as a response of the Fetch standard. */
export function responseOf({ status, headers, body }: Reply): Response {
  const list = new Headers(headers.map(([name, value]) => [name, value]))
  if (body === undefined) return new Response(null, { status, headers: list })
  list.set('Content-Type', 'application/json; charset=utf-8')
  return new Response(JSON.stringify(body), { status, headers: list })
}
