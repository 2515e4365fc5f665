import { refuse, type Refusal } from '../../core/errors.ts'
import { validateShapes, isFunction, type Shapes } from '../../core/options/validate.ts'
import type { SessionInfo } from '../../core/session/list.ts'
import type { RefreshOptions } from '../../core/session/refresh.ts'
import { ATTEMPT_HEADER, ENDED_CODES, PATHS, type SessionResponse } from '../../protocol.ts'
import { refusalReply, tokenReply, withClearedCookies } from '../replies.ts'
import type { Auth } from '../auth.ts'
import type { Authenticated } from '../authenticate.ts'
import { findToken, REFRESH } from '../find-token.ts'
import { checkOrigin } from '../csrf.ts'
import { customRefusalReply } from '../custom-replies.ts'
import { signInRoute, type CheckCredentials } from './sign-in.ts'
import { signOutRoute } from './sign-out.ts'
import { ticketRoute } from './ticket.ts'
import type { Reply } from '../../core/errors.ts'
import { deviceOf, type RequestView } from '../request.ts'

/** What the path names, and what the application asks for. */
interface Asked {
  /** A session. */
  id: string
  freshToEndOthers: boolean
}

type Route = (auth: Auth, view: RequestView, asked: Asked) => Promise<Reply>
type Methods = Record<string, Route>

export interface RoutesOptions {
  /** Where the routes are mounted, such as `/auth`. */
  base?: string
  /** Checks the credentials of `POST /login`. Without it that route is the application's own. */
  signIn?: CheckCredentials
  /** True: who ends another session than their own must have signed in lately (a fresh token); without it any access token will do. */
  freshToEndOthers?: boolean
}

/** How an adapter learns the client's network address where the runtime or a proxy in front knows it. No header is believed by itself. */
export interface AddressOption<Arguments extends unknown[]> {
  address?: (...request: Arguments) => string | undefined
}

const SHAPES: Shapes<RoutesOptions & { address?: unknown }> = {
  base: [
    (value) => typeof value === 'string' && /^(?:\/[^/?#]+)*$/.test(value),
    'a path such as /auth, without a slash behind',
  ],
  signIn: [isFunction, 'a function that checks credentials'],
  freshToEndOthers: [(value) => typeof value === 'boolean', 'true or false'],
  address: [isFunction, 'a function that answers the address of a client'],
}

const ONE_SESSION = `${PATHS.sessions}/:id`

/** Path and method of every route that Latchkey answers itself. */
const ROUTES: Record<string, Methods> = {
  [PATHS.refresh]: { POST: refreshRoute },
  [PATHS.signOut]: { POST: signOutRoute },
  [PATHS.sessions]: { GET: signedIn(listRoute), DELETE: signedIn(endOthersRoute) },
  [ONE_SESSION]: { DELETE: signedIn(endOneRoute) },
  [PATHS.ticket]: {
    POST: signedIn(async (auth, { sessionId }, _asked, view) => ticketRoute(auth, view, sessionId)),
  },
  [PATHS.jwks]: {
    GET: async (auth) => ({
      status: 200,
      headers: [['Cache-Control', 'public, max-age=300']],
      body: auth.jwks(),
    }),
  },
}

/** Where the routes stand, for frameworks that ask beforehand. */
export function routePaths({ signIn }: RoutesOptions = {}): string[] {
  return [...(signIn ? [PATHS.signIn] : []), ...Object.keys(ROUTES)]
}

/** Refuses, with a `TypeError`, an option that does not exist or is not what it must be. */
export function checkRoutes(options: RoutesOptions & { address?: unknown }): void {
  validateShapes(options, SHAPES)
}

/**
 * Answers a request for one of our routes; null, at once, where the path is none of them, and for OPTIONS, which is CORS's.
 * A store that fails makes the answer 503: nothing was lost, and nothing is cleared.
 */
export function handleRoute(
  auth: Auth,
  view: RequestView,
  { base = '', signIn, freshToEndOthers = false }: RoutesOptions = {},
): Promise<Reply> | null {
  const { path, method } = view
  if (!path.startsWith(base) || method === 'OPTIONS') return null
  const [methods, id] = find(path.slice(base.length), signIn)
  return methods && answerBy(methods, auth, view, { id, freshToEndOthers })
}

function find(
  path: string,
  signIn: CheckCredentials | undefined,
): [methods: Methods | null, id: string] {
  if (path === PATHS.signIn)
    return [signIn ? { POST: (auth, view) => signInRoute(auth, view, signIn) } : null, '']
  if (Object.hasOwn(ROUTES, path) && path !== ONE_SESSION) return [ROUTES[path]!, '']
  const [, id] = path.startsWith(PATHS.sessions)
    ? (/^\/sessions\/([\w-]{22})$/.exec(path) ?? [])
    : []
  return id === undefined ? [null, ''] : [ROUTES[ONE_SESSION]!, id]
}

async function answerBy(
  methods: Methods,
  auth: Auth,
  view: RequestView,
  asked: Asked,
): Promise<Reply> {
  const method = view.method === 'HEAD' ? 'GET' : view.method
  const route = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (route === undefined) {
    const refusal = await customRefusalReply(auth, refuse('method_not_allowed'))
    return {
      ...refusal,
      headers: [
        ...refusal.headers,
        ['Allow', Object.keys(methods).join(', ').replace('GET', 'GET, HEAD')],
      ],
    }
  }
  try {
    return await route(auth, view, asked)
  } catch (cause) {
    auth.settings.onEvent({ type: 'store-failed', at: auth.settings.now(), cause })
    return customRefusalReply(auth, refuse('temporarily_unavailable'))
  }
}

async function refreshRoute(auth: Auth, view: RequestView): Promise<Reply> {
  const { settings } = auth
  const found = await findToken(settings, view, REFRESH, ['headers', 'json', 'cookies'])
  if (found === null) return customRefusalReply(auth, refuse('token_missing'))
  if ('ok' in found) return customRefusalReply(auth, found)
  const cookies = found.location === 'cookies'
  const forged = cookies && checkOrigin(settings, view, { cookies })
  const attempts = readAttempts(view.header(ATTEMPT_HEADER))
  if (forged || attempts === undefined)
    return customRefusalReply(auth, forged || refuse('request_invalid'))
  const outcome = await auth.refresh(found.token, { attempts, device: deviceOf(view) })
  if (outcome.ok)
    return tokenReply(settings, outcome.tokens, cookies ? 'cookie' : 'header', outcome)
  return cookies && isEnd(outcome)
    ? withClearedCookies(settings, await customRefusalReply(auth, outcome))
    : customRefusalReply(auth, outcome)
}

/** The attempts that a request names; null for none, undefined for a header that is none of ours. */
export function readAttempts(header: string | undefined): RefreshOptions['attempts'] {
  if (header === undefined) return null
  const match = /^([A-Za-z0-9_-]{22})(?:, ?([A-Za-z0-9_-]{22}))?$/.exec(header)
  return match ? { attempt: match[1]!, previous: match[2] ?? null } : undefined
}

const time = (at: number): string => new Date(at).toISOString()

const isEnd = ({ code }: Refusal): boolean => (ENDED_CODES as readonly string[]).includes(code)

function signedIn(
  route: (
    auth: Auth,
    who: Authenticated & { sessionId: string },
    asked: Asked,
    view: RequestView,
  ) => Promise<Reply>,
): Route {
  return async (auth, view, asked) => {
    const who = await auth.authenticate(view)
    if (!who.ok) return refusalReply(who)
    if (who.identity === null || who.sessionId === null)
      return customRefusalReply(auth, refuse('token_missing'))
    return route(auth, { ...who, sessionId: who.sessionId }, asked, view)
  }
}

async function listRoute(auth: Auth, { identity, sessionId }: Authenticated): Promise<Reply> {
  const sessions = await auth.sessions(identity)
  return {
    status: 200,
    headers: [['Cache-Control', 'no-store']],
    body: { sessions: sessions.map((session) => sessionResponse(session, sessionId)) },
  }
}

async function endOthersRoute(
  auth: Auth,
  { identity, sessionId, fresh }: Authenticated & { sessionId: string },
  { freshToEndOthers }: Asked,
  view: RequestView,
): Promise<Reply> {
  if (freshToEndOthers && !fresh) return customRefusalReply(auth, refuse('fresh_required'))
  const ended = await auth.signOutEverywhere(identity, {
    except: sessionId,
    device: deviceOf(view),
  })
  return { status: 200, headers: [['Cache-Control', 'no-store']], body: { ended } }
}

/** Somebody else's session is answered like none at all. */
async function endOneRoute(
  auth: Auth,
  { identity, sessionId, fresh }: Authenticated,
  { id, freshToEndOthers }: Asked,
  view: RequestView,
): Promise<Reply> {
  if (freshToEndOthers && !fresh && id !== sessionId)
    return customRefusalReply(auth, refuse('fresh_required'))
  const session = await auth.explain(id)
  if (session === null || session.identity !== identity)
    return customRefusalReply(auth, refuse('not_found'))
  await auth.signOut(id, 'signed-out', deviceOf(view))
  const reply: Reply = { status: 204, headers: [['Cache-Control', 'no-store']] }
  return id === sessionId ? withClearedCookies(auth.settings, reply) : reply
}

export function sessionResponse(session: SessionInfo, current: string | null): SessionResponse {
  return {
    id: session.id,
    current: session.id === current,
    device: session.device,
    created_at: time(session.createdAt),
    last_used_at: time(session.issuedAt),
    idle_ends_at: time(session.idleEndsAt),
    ends_at: time(session.endsAt),
    generation: session.generation,
    ended: session.end && {
      at: time(session.end.at),
      reason: session.end.reason,
      details: session.end.details,
    },
  }
}
