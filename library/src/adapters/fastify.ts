/**
 * Adapter for Fastify 4 and 5. Fastify passes a request that wraps Node's (`request.raw`) and a
 * reply that sends the headers and the body. A guard is a hook; the routes are a plugin. `getAuth`
 * reads what `guard` stored on Fastify's request object.
 */
import type {
  FastifyInstance,
  FastifyPluginCallback,
  FastifyReply,
  FastifyRequest,
  preHandlerHookHandler,
} from 'fastify'
import type { Auth, SessionAuth } from '../http/auth-types.ts'
import type { AuthenticateResult, Requirement } from '../http/authenticate.ts'
import { refusalReply, tokenReply } from '../http/replies.ts'
import { setAuth, readAuth, requestChecker, type GetAuth } from '../http/guard.ts'
import {
  handlePath,
  checkRoutes,
  routePaths,
  type AddressOption,
  type RoutesOptions,
} from '../http/routes/index.ts'
import { matchId } from '../http/routes/match-path.ts'
import { signInReply, type SignInRequestOptions } from '../http/start-session.ts'
import type { Reply } from '../core/errors.ts'
import type { Body, RequestView } from '../http/request.ts'
import { settingsOf } from '../core/settings-of-auth.ts'
import type { TokenSet } from '../core/session/token-set.ts'
import type { Mode } from '../protocol.ts'
import { MAX_BODY_BYTES } from '../http/body.ts'
import { nodeBodyOnly } from './shared/node-body.ts'
import { isFastifyRequest, wrongFramework } from './shared/wrong-framework.ts'
import { NodeView } from './shared/node-request.ts'

export type * from './shared/types.ts'

const OLDEST_FASTIFY = 4

export const getAuth: GetAuth<FastifyRequest> = readAuth

/**
 * A hook that lets a request with a valid token pass, and sends a refusal to any other. Use it as
 * `onRequest`: as `preHandler` it comes after Fastify's own refusals of a body. Throws a
 * `TypeError` for an unknown requirement.
 */
export function guard(auth: Auth, requirement?: Requirement): preHandlerHookHandler {
  const check = requestChecker(auth, requirement)
  return function checkRequest(request, reply, done) {
    if (!isFastifyCall(request)) return failCall(request, done)
    const result = check(new NodeView(request.raw, request, undefined, reply.raw))
    if (result instanceof Promise)
      result.then((resolved) => passOrRefuse(request, reply, done, resolved), done)
    else passOrRefuse(request, reply, done, result)
  }
}

/** An error that a plugin throws would end the process without being told as one of a plugin. */
function failCall(argument: unknown, done: unknown): void {
  const error = wrongFramework('fastify', argument)
  if (typeof done !== 'function') throw error
  done(error)
}

/** False for the objects of other frameworks, and for the guard as a plugin. */
const isFastifyCall = (request: FastifyRequest | undefined): boolean =>
  request !== undefined && isFastifyRequest(request)

function passOrRefuse(
  request: FastifyRequest,
  reply: FastifyReply,
  done: () => void,
  result: AuthenticateResult,
): void {
  if (!result.ok) return void send(reply, refusalReply(result))
  setAuth(request, result)
  const type = request.raw.headers['content-type']?.split(';', 1)[0]
  if (type !== undefined && Object.hasOwn(FORM_PLUGINS, type))
    reply.raw.once('finish', () => {
      if (reply.statusCode === 415) warnOfMissingParser(type)
    })
  done()
}

const FORM_PLUGINS: Record<string, string> = {
  'application/x-www-form-urlencoded': '@fastify/formbody',
  'multipart/form-data': '@fastify/multipart',
}
const warnedOf = new Set<string>()

/** Fastify parses JSON alone, and refuses a form after the guard has let it pass. */
function warnOfMissingParser(type: string): void {
  if (warnedOf.has(type)) return
  warnedOf.add(type)
  const plugin = FORM_PLUGINS[type]
  process.emitWarning(
    `Fastify has refused a form (415): register a parser for ${type}, such as ${plugin}`,
    { code: 'LATCHKEY_FASTIFY_PARSER' },
  )
}

/**
 * A plugin with `/refresh`, `/logout`, `/sessions`, `/ticket`, the JWKS and, with the option
 * `signIn`, `/login`. Fastify's `prefix` comes before the option `base`. Throws a `TypeError` for
 * an unknown option, if `auth` has no store, and if Fastify is too old.
 */
export function routes(
  auth: SessionAuth,
  options: RoutesOptions & AddressOption<[FastifyRequest]> = {},
): FastifyPluginCallback {
  checkRoutes(auth, options)
  return function registerRoutes(instance, _, done) {
    if (typeof instance?.addHook !== 'function') throw wrongFramework('fastify', instance)
    const { version } = instance
    if (Number.parseInt(version, 10) < OLDEST_FASTIFY)
      return done(
        new TypeError(`latchkey/fastify needs Fastify ${OLDEST_FASTIFY} or later, not ${version}`),
      )
    // Latchkey reads the bodies itself, with the same limit and refusals as in other frameworks.
    // Content type parsers are scoped to the plugin; those of the application stay.
    instance.removeAllContentTypeParsers()
    instance.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null))
    const { base = '' } = options
    // A base that repeats the prefix may be meant to, or to add to it.
    const bases = new Set([base, instance.prefix.endsWith(base) ? '' : base])
    for (const path of routePaths(options))
      for (const start of bases) registerPath(auth, options, instance, { start, path })
    done()
  }
}

/**
 * Fastify's own router matches the paths, with its prefixes, parameters and settings. A slash at
 * the end is ignored, as in other frameworks.
 */
function registerPath(
  auth: SessionAuth,
  options: RoutesOptions & AddressOption<[FastifyRequest]>,
  instance: FastifyInstance,
  { start, path }: { start: string; path: string },
): void {
  const url = start + path.replace(':id', `:${ID_PARAMETER}`)
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { [ID_PARAMETER]: id } = request.params as Record<string, string | undefined>
    const matched = id === undefined ? { path, id: '' } : matchId(id)
    const found = matched && (await handlePath(auth, viewOf(request, options), options, matched))
    if (found === null) reply.callNotFound()
    else send(reply, found)
    return reply
  }
  instance.all(url, handler)
  if (!ignoresTrailingSlash(instance)) instance.all(`${url}/`, handler)
}

/** A name that no prefix of the application has. */
const ID_PARAMETER = 'latchkeySessionId'

function ignoresTrailingSlash({ initialConfig }: FastifyInstance): boolean {
  const { routerOptions, ignoreTrailingSlash } = initialConfig as {
    ignoreTrailingSlash?: boolean
    routerOptions?: { ignoreTrailingSlash?: boolean }
  }
  return routerOptions?.ignoreTrailingSlash ?? ignoreTrailingSlash ?? false
}

/** Sends the tokens of a sign-in, as JSON or in cookies. */
export function sendTokens(
  auth: SessionAuth,
  reply: FastifyReply,
  tokens: TokenSet,
  mode: Mode = 'header',
): FastifyReply {
  return send(reply, tokenReply(settingsOf(auth), tokens, mode))
}

/** Sends a refusal: of a guard, of `bodyOf`, or one with a code of the application's own. */
export function sendRefusal(
  reply: FastifyReply,
  refusal: { code: string; status: number; message: string },
): FastifyReply {
  return send(reply, refusalReply(refusal))
}

/**
 * Signs in the identity whose credentials a route of your own has checked, and sends the tokens.
 * Checks the origin, stores the device, and in cookie mode ends the session that is replaced.
 */
export async function signIn(
  auth: SessionAuth,
  request: FastifyRequest,
  reply: FastifyReply,
  identity: string,
  options?: SignInRequestOptions,
): Promise<FastifyReply> {
  return send(reply, await signInReply(auth, viewOf(request), identity, options))
}

/**
 * The fields of a JSON or form body: one that the framework or a guard has parsed, or any of at
 * most 16 KiB. A refusal for any other body.
 */
export function bodyOf(request: FastifyRequest): Promise<Body> {
  return nodeBodyOnly(request.raw, request, MAX_BODY_BYTES)
}

/** The request as Latchkey reads it, for `auth.authenticate` and `deviceOf`. */
export function viewOf(
  request: FastifyRequest,
  { address }: AddressOption<[FastifyRequest]> = {},
): RequestView {
  return new NodeView(request.raw, request, address && (() => address(request)))
}

function send(reply: FastifyReply, { status, headers, body }: Reply): FastifyReply {
  // Fastify appends Set-Cookie, and replaces every other header.
  for (const [name, value] of headers) void reply.header(name, value)
  return reply.code(status).send(body)
}
