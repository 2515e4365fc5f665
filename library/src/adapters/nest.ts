import {
  createParamDecorator,
  HttpException,
  Injectable,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common'
import type { Auth } from '../http/auth.ts'
import type {
  Anonymous,
  Authenticated,
  AuthenticateResult,
  Requirement,
} from '../http/authenticate.ts'
import { refusalReply } from '../http/replies.ts'
import { setAuth, readAuth, requestChecker, type GetAuth } from '../http/guard.ts'
import type { AddressOption, RoutesOptions } from '../http/routes/index.ts'
import type { Awaitable } from '../core/store.ts'
import { routes as expressRoutes, type Middleware } from './express.ts'
import { NodeView, type FrameworkRequest, type NodeRequest } from './shared/node-request.ts'

export { bodyOf, sendRefusal, sendTokens, viewOf } from './express.ts'

/** A request of Nest's platform: Express's, which is Node's own, or Fastify's, which has Node's inside. */
type NestRequest = NodeRequest | (FrameworkRequest & { raw: NodeRequest })

export const getAuth: GetAuth<NestRequest> = readAuth

/** The parameter that says who sent the request: `@Who() who: Authenticated`; behind a guard with `optional`, `@Who({ optional: true })`. */
export const Who: (options?: { optional: true }) => ParameterDecorator = createParamDecorator(
  (options: { optional: true } | undefined, context: ExecutionContext): Authenticated | Anonymous =>
    readAuth(
      context.switchToHttp().getRequest<NestRequest>(),
      options ?? ({} as { optional: true }),
    ),
)

/** A guard of Nest, for `@UseGuards(guard(auth))` or as the class of `APP_GUARD`. It passes on, or throws the `HttpException` that answers 401. */
export function guard(auth: Auth, requirement?: Requirement): Type<CanActivate> {
  const check = requestChecker(auth, requirement)
  class CheckRequest implements CanActivate {
    canActivate(context: ExecutionContext): Awaitable<boolean> {
      if (context.getType() !== 'http')
        throw new TypeError(`guard(auth) checks requests of HTTP, not of "${context.getType()}"`)
      const request = context.switchToHttp().getRequest<NestRequest>()
      const settle = (outcome: AuthenticateResult): boolean => {
        if (!outcome.ok) throw refusalOf(context, outcome)
        setAuth(request, outcome)
        return true
      }
      const outcome = check(
        'raw' in request ? new NodeView(request.raw, request) : new NodeView(request),
      )
      return outcome instanceof Promise ? outcome.then(settle) : settle(outcome)
    }
  }
  Injectable()(CheckRequest)
  return CheckRequest
}

/** Nest's filters answer an exception with its status and body; the headers are on the response already. */
function refusalOf(
  context: ExecutionContext,
  refusal: AuthenticateResult & { ok: false },
): HttpException {
  const { status, headers, body } = refusalReply(refusal)
  const response = context
    .switchToHttp()
    .getResponse<{ header(name: string, value: string): void }>()
  for (const [name, value] of headers) response.header(name, value)
  return new HttpException(body as object, status)
}

/** Middleware, for `app.use(routes(auth))` or of a module: answers the routes, and passes everything else on. Below a path give it as `base`. */
export function routes(
  auth: Auth,
  options?: RoutesOptions & AddressOption<[NodeRequest]>,
): Middleware {
  const answerRoutes = expressRoutes(auth, options)
  return function answerWhole(request: NodeRequest & { originalUrl?: string }, response, next) {
    const { url = '/' } = request
    // Nest mounts the middleware of a module at a pattern that takes the whole path away.
    request.url = request.originalUrl ?? url
    answerRoutes(request, response, (error) => {
      request.url = url
      next(error)
    })
  }
}
