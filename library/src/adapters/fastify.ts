import type {
  FastifyPluginCallback,
  FastifyReply,
  FastifyRequest,
  preHandlerHookHandler,
} from 'fastify'
import type { Auth } from '../http/auth.ts'
import type { AuthenticateResult, Requirement } from '../http/authenticate.ts'
import { refusalReply, tokenReply } from '../http/replies.ts'
import { setAuth, readAuth, requestChecker, type GetAuth } from '../http/guard.ts'
import {
  handleRoute,
  checkRoutes,
  routePaths,
  type AddressOption,
  type RoutesOptions,
} from '../http/routes/index.ts'
import type { Reply } from '../core/errors.ts'
import type { Body, RequestView } from '../http/request.ts'
import type { TokenSet } from '../core/session/token-set.ts'
import type { Mode } from '../protocol.ts'
import { hasBody, NodeView, nodeBody } from './shared/node-request.ts'

export const getAuth: GetAuth<FastifyRequest> = readAuth

/** The check in front of a route, as a hook: `onRequest`, or `preHandler` where the token may be in a JSON body. It passes on, or answers 401. */
export function guard(auth: Auth, requirement?: Requirement): preHandlerHookHandler {
  const check = requestChecker(auth, requirement)
  return function checkRequest(request, reply, done) {
    const view = new NodeView(request.raw, request)
    // Reading a body before Fastify has read it would leave Fastify waiting for good.
    if (request.body === undefined && hasBody(request.raw) && !request.raw.readableDidRead)
      view.body = notYet
    const outcome = check(view)
    if (outcome instanceof Promise) outcome.then((late) => settle(request, reply, done, late), done)
    else settle(request, reply, done, outcome)
  }
}

function settle(
  request: FastifyRequest,
  reply: FastifyReply,
  done: () => void,
  outcome: AuthenticateResult,
): void {
  if (!outcome.ok) return void send(reply, refusalReply(outcome))
  setAuth(request, outcome)
  done()
}

function notYet(): never {
  throw new TypeError(
    'a guard that looks into the body belongs in preHandler: in onRequest Fastify has not read it yet',
  )
}

/** A plugin: `/refresh`, `/logout`, `/sessions`, the JWKS, and `/login` where `signIn` is given. Its prefix is their base. */
export function routes(
  auth: Auth,
  options: RoutesOptions & AddressOption<[FastifyRequest]> = {},
): FastifyPluginCallback {
  checkRoutes(options)
  return function answerRoutes(instance, _, done) {
    // Bodies are read as everywhere else, with the same bound and the same refusals; the parsers of this plugin are its own.
    instance.removeAllContentTypeParsers()
    instance.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null))
    const base = instance.prefix + (options.base ?? '')
    const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const found = await handleRoute(auth, viewOf(request, options), { ...options, base })
      if (found === null) reply.callNotFound()
      else send(reply, found)
      return reply
    }
    for (const path of routePaths(options)) instance.all((options.base ?? '') + path, handler)
    done()
  }
}

/** Answers a sign-in with its tokens: as JSON, or in cookies. */
export function sendTokens(
  auth: Auth,
  reply: FastifyReply,
  tokens: TokenSet,
  mode: Mode = 'header',
): FastifyReply {
  return send(reply, tokenReply(auth.settings, tokens, mode))
}

/** Answers a refusal: that of a guard, of `bodyOf`, or one with a code of the application's own. */
export function sendRefusal(
  reply: FastifyReply,
  refusal: { code: string; status: number; message: string },
): FastifyReply {
  return send(reply, refusalReply(refusal))
}

/** The body of a request as an object, from JSON or a form: bounded, parsed once, with the refusal to answer where it is neither. */
export function bodyOf(request: FastifyRequest): Promise<Body> {
  return nodeBody(request.raw, request)
}

export function viewOf(
  request: FastifyRequest,
  { address }: AddressOption<[FastifyRequest]> = {},
): RequestView {
  return new NodeView(request.raw, request, address && (() => address(request)))
}

function send(reply: FastifyReply, { status, headers, body }: Reply): FastifyReply {
  // Fastify keeps the cookies that are there when another is set.
  for (const [name, value] of headers) void reply.header(name, value)
  return reply.code(status).send(body)
}
