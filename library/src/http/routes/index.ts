import { settingsOf } from '../../core/settings-of-auth.ts'
import { refuse, type Reply } from '../../core/errors.ts'
import { isFunction, validateShapes, type OptionShapes } from '../../core/options/validate.ts'
import { PATHS } from '../../protocol.ts'
import type { SessionAuth } from '../auth-types.ts'
import { customRefusalReply } from '../custom-replies.ts'
import { orUnavailable } from '../start-session.ts'
import type { RequestView } from '../request.ts'
import { requireAuth } from '../require-auth.ts'
import { matchPath, ONE_SESSION, type MatchedPath } from './match-path.ts'
import { refreshRoute } from './refresh.ts'
import { requireSession, type Route, type RouteContext } from './route.ts'
import { endOtherSessionsRoute, endSessionRoute, listSessionsRoute } from './sessions.ts'
import type { AccountOf, CheckCredentials } from './limited-sign-in.ts'
import { signInRoute } from './sign-in.ts'
import { signOutRoute } from './sign-out.ts'
import { ticketRoute } from './ticket.ts'

export interface RoutesOptions {
  /**
   * The path that the routes are below, such as `/auth`. A segment such as `:tenant` stands for any
   * one segment. Of a path at which the framework mounts them, it may be left out or repeat it.
   */
  base?: string
  /** Checks the credentials of `POST /login`. Without it the application handles that path. */
  signIn?: CheckCredentials
  /**
   * Returns the name of the account that a sign-in is for, by which failures are counted. By
   * default the fields `username` and `email`.
   */
  accountOf?: AccountOf
  /**
   * Requires a fresh token, from a recent sign-in, to end a session other than the current one.
   * Without it any access token is enough.
   */
  freshToEndOthers?: boolean
}

export interface AddressOption<Arguments extends unknown[]> {
  /**
   * Returns the network address of the client, for a runtime or a proxy that knows it. Without it
   * no header such as `X-Forwarded-For` is trusted.
   */
  address?: (...request: Arguments) => string | undefined
}

const SHAPES: OptionShapes<RoutesOptions & { address?: unknown }> = {
  base: [
    (value) => typeof value === 'string' && /^(?:\/[^/?#]+)*$/.test(value),
    'a path such as /auth or /:tenant, without a trailing slash',
  ],
  signIn: [isFunction, 'a function that checks credentials'],
  accountOf: [isFunction, 'a function that returns the name of an account'],
  freshToEndOthers: [(value) => typeof value === 'boolean', 'true or false'],
  address: [isFunction, 'a function that returns the address of a client'],
}

/** The routes of one path, by method. */
type Methods = Record<string, Route>

/** Every path and method, except `POST /login`, which exists only with the option `signIn`. */
const ROUTES: Record<string, Methods> = {
  [PATHS.refresh]: { POST: refreshRoute },
  [PATHS.signOut]: { POST: signOutRoute },
  [PATHS.sessions]: {
    GET: requireSession(listSessionsRoute),
    DELETE: requireSession(endOtherSessionsRoute),
  },
  [ONE_SESSION]: { DELETE: requireSession(endSessionRoute) },
  [PATHS.ticket]: { POST: requireSession(ticketRoute) },
  [PATHS.jwks]: { GET: jwksRoute },
}

/** The paths to register, for frameworks that need them before the first request. */
export function routePaths({ signIn }: RoutesOptions = {}): string[] {
  return [...(signIn ? [PATHS.signIn] : []), ...Object.keys(ROUTES)]
}

/**
 * Throws a `TypeError` for an option that is unknown or wrong, and for an auth object without a
 * store: the routes manage sessions.
 */
export function checkRoutes(
  auth: SessionAuth,
  options: RoutesOptions & { address?: unknown },
): void {
  requireAuth(auth, 'routes')
  validateShapes(options, SHAPES)
  if (settingsOf(auth).store === null)
    throw new TypeError(
      'routes(auth) needs createAuth with the option "store"; ' +
        'without one, publish auth.jwks() yourself',
    )
}

/** How the framework routes. */
export interface Routing {
  /** What the path of the request may be; by default that of the view. The first match counts. */
  paths?: readonly string[]
  ignoreCase?: boolean
}

/**
 * Handles a request for one of the routes. Returns null synchronously if the path is not one of
 * them, and for OPTIONS, which is left to a CORS middleware. If the store fails, the reply is 503
 * and no cookie is cleared: the session still exists. Rejects with what a callback throws.
 */
export function handleRoute(
  auth: SessionAuth,
  view: RequestView,
  options: RoutesOptions = {},
  { paths = [view.path], ignoreCase = false }: Routing = {},
): Promise<Reply> | null {
  for (const path of paths) {
    const matched = matchPath(path, options.base ?? '', ignoreCase)
    const reply = matched && handlePath(auth, view, options, matched)
    if (reply) return reply
  }
  return null
}

/** The same for a path that the framework has matched. */
export function handlePath(
  auth: SessionAuth,
  view: RequestView,
  options: RoutesOptions,
  { path, id }: MatchedPath,
): Promise<Reply> | null {
  const { signIn, accountOf, freshToEndOthers = false } = options
  if (view.method === 'OPTIONS') return null
  if (path !== PATHS.signIn) return dispatch(ROUTES[path]!, auth, view, { id, freshToEndOthers })
  if (signIn === undefined) return null
  const methods: Methods = { POST: () => signInRoute(auth, view, signIn, accountOf) }
  return dispatch(methods, auth, view, { id, freshToEndOthers })
}

/** Runs the route for the request's method. HEAD runs GET; the framework drops the body. */
async function dispatch(
  methods: Methods,
  auth: SessionAuth,
  view: RequestView,
  context: RouteContext,
): Promise<Reply> {
  const method = view.method === 'HEAD' ? 'GET' : view.method
  const route = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (route === undefined) return methodNotAllowed(auth, methods)
  return orUnavailable(auth, () => route(auth, view, context))
}

/** A 405 with the header `Allow`, which it must have (RFC 9110, section 15.5.6). */
async function methodNotAllowed(auth: SessionAuth, methods: Methods): Promise<Reply> {
  const reply = await customRefusalReply(auth, refuse('method_not_allowed'))
  const allowed = Object.keys(methods).join(', ').replace('GET', 'GET, HEAD')
  return { ...reply, headers: [...reply.headers, ['Allow', allowed]] }
}

/**
 * `GET /.well-known/jwks.json`: the public keys (RFC 7517, section 5). May be cached for 5 minutes.
 */
async function jwksRoute(auth: SessionAuth): Promise<Reply> {
  return {
    status: 200,
    headers: [['Cache-Control', 'public, max-age=300']],
    body: auth.jwks(),
  }
}
