import type { RequestView } from 'latchkey'
import { problem, type Problem } from '../../errors.ts'
import { safeNext } from '../../pages/return-path.ts'
import type { Services } from '../../services.ts'
import { signedInUser, type SignedInUser } from '../../sessions/describe-session.ts'
import { requestView, wantsPage, type RequestContext } from '../request.ts'
import { seeOther, sendProblemJson, signInPath } from '../responses.ts'
import type { Routes } from './route-types.ts'

/**
 * `GET /verify`: for a proxy that asks, before it passes a request on, who sends it (`auth_request`
 * of nginx, `forward_auth` of Caddy, `ForwardAuth` of Traefik). The proxy sends the headers of that
 * request, and its method and address as `X-Forwarded-Method` and `X-Forwarded-Uri`.
 */
export function verifyRoutes(services: Services): Routes {
  return {
    '/verify': {
      GET: async (context) => {
        const result = await services.auth.authenticate(askedView(services, context))
        return result.ok
          ? new Response(null, { status: 204, headers: identityHeaders(signedInUser(result)) })
          : refuse(context, problem(result.code))
      },
    },
  }
}

const methodOf = (context: RequestContext): string =>
  context.req.header('x-forwarded-method')?.toUpperCase() ?? 'GET'

/**
 * The request that the proxy asks about. A page of another site can cause it, so the origin of one
 * that may change something is checked, and of one that opens a WebSocket.
 */
function askedView(services: Services, context: RequestContext): RequestView {
  const view = requestView(services, context)
  const isHandshake = view.header('sec-websocket-key') !== undefined
  return {
    method: isHandshake ? 'POST' : methodOf(context),
    path: view.path,
    query: view.query,
    header: (name) => view.header(name),
    body: (limit) => view.body(limit),
    address: view.address,
  }
}

/** Percent-encoded, because a header has ASCII only: letters, digits and `-_.!~*'()` stay. */
const identityHeaders = ({ username, identity }: SignedInUser): Record<string, string> => ({
  'Remote-User': encodeURIComponent(username),
  'Latchkey-Account': identity,
})

/**
 * Where to sign in is in `Location`, for a page that a browser opens. Proxies that send the
 * response to the browser as it is ask with `?redirect`, and get a redirect; nginx accepts only a
 * 401.
 */
function refuse(context: RequestContext, refusal: Problem): Response {
  const response = sendProblemJson(refusal)
  const isPage = methodOf(context) === 'GET' && wantsPage(context)
  if (refusal.status !== 401 || !isPage) return response
  const location = signInPath(safeNext(context.req.header('x-forwarded-uri')))
  if (context.req.query('redirect') !== undefined) return seeOther(location)
  response.headers.set('Location', location)
  return response
}
