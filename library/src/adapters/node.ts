import type { IncomingMessage, ServerResponse } from 'node:http'
import { refusalReply, tokenReply } from '../http/answers.ts'
import type { Auth } from '../http/auth.ts'
import type { Anonymous, Authenticated, Requirement } from '../http/authenticate.ts'
import { readBody } from '../http/body.ts'
import { answer, type RoutesOptions } from '../http/routes.ts'
import type { Body, Reply, RequestView } from '../http/view.ts'
import type { TokenSet } from '../core/session/tokens.ts'
import type { Mode } from '../protocol.ts'

const PASSED = new WeakMap<IncomingMessage, Authenticated | Anonymous>()
const BODIES = new WeakMap<IncomingMessage, Promise<Body>>()

/**
 * The check in front of a handler. It passes the request on, or answers 401 itself.
 * `await guard(auth)(request, response)` is true where the request passed; `getAuth(request)` then says who it is.
 */
export function guard(auth: Auth, requirement?: Requirement): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  return async function checkRequest(request, response) {
    const outcome = await auth.authenticate(viewOf(request), requirement)
    if (outcome.ok) PASSED.set(request, outcome)
    else send(response, refusalReply(outcome))
    return outcome.ok
  }
}

/** Answers `/refresh`, `/logout`, `/sessions`, the JWKS, and `/login` where `signIn` is given; false where the request is for none of them. */
export function routes(auth: Auth, options?: RoutesOptions): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  return async function answerRoutes(request, response) {
    const reply = await answer(auth, viewOf(request), options)
    if (reply !== null) send(response, reply)
    return reply !== null
  }
}

/**
 * Who sent a request that a guard let pass; behind a guard with `optional`, ask with `optional` as well.
 * Throws a `TypeError` where no guard ran, and for a request without a token that nobody expected.
 */
export function getAuth(request: IncomingMessage): Authenticated
export function getAuth(request: IncomingMessage, options: { optional: true }): Authenticated | Anonymous
export function getAuth(request: IncomingMessage, { optional = false } = {}): Authenticated | Anonymous {
  const who = PASSED.get(request)
  if (who === undefined) throw new TypeError('getAuth needs guard(auth) in front of the route')
  if (who.identity === null && !optional) throw new TypeError('behind a guard with "optional" call getAuth with { optional: true }')
  return who
}

/** Answers a sign-in with its tokens: as JSON, or in cookies. */
export function sendTokens(auth: Auth, response: ServerResponse, tokens: TokenSet, mode: Mode = 'header'): void {
  send(response, tokenReply(auth.settings, tokens, mode))
}

/** Answers a refusal: that of a guard, of `bodyOf`, or one with a code of the application's own. */
export function sendRefusal(response: ServerResponse, refusal: { code: string; status: number; message: string }): void {
  send(response, refusalReply(refusal))
}

/** The body of a request as an object, from JSON or a form: bounded, parsed once, with the refusal to answer where it is neither. */
export function bodyOf(request: IncomingMessage): Promise<Body> {
  // The request stays open after a body that is too large, so that the refusal can still be sent on its connection.
  const stream = hasBody(request) ? request.iterator({ destroyOnReturn: false }) : null
  const body = BODIES.get(request) ?? readBody(stream, request.headers['content-type'])
  BODIES.set(request, body)
  return body
}

export function viewOf(request: IncomingMessage): RequestView {
  const url = request.url ?? '/'
  const query = url.indexOf('?')
  return {
    method: request.method ?? 'GET',
    path: query === -1 ? url : url.slice(0, query),
    header: (name) => request.headers[name] as string | undefined,
    body: () => bodyOf(request),
    address: request.socket.remoteAddress,
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  for (const [name, value] of headers) response.appendHeader(name, value)
  response.statusCode = status
  if (status === 413) response.shouldKeepAlive = false
  if (body === undefined) return void response.end()
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.end(JSON.stringify(body))
}
