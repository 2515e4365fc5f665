import { bodyOf } from 'latchkey/hono'
import { PATHS } from 'latchkey/protocol'
import { problem, type Problem } from '../../errors.ts'
import type { Services } from '../../services.ts'
import { authenticateClient } from '../client-auth.ts'
import { requestDevice, type Handler, type RequestContext } from '../request.ts'
import { json, sendProblemJson } from '../responses.ts'
import type { Routes } from './route-types.ts'

const INTROSPECTION = '/introspect'
const REVOCATION = '/revoke'
const METADATA = '/.well-known/oauth-authorization-server'

/** For back ends in any language: RFC 8414, RFC 7662 and RFC 7009. */
export function oauthRoutes(services: Services): Routes {
  const metadata: Handler = () =>
    new Response(JSON.stringify(metadataOf(services)), {
      headers: { 'Content-Type': 'application/json', 'Cache-Control': 'public, max-age=300' },
    })
  const path = new URL(services.issuer).pathname
  return {
    [METADATA]: { GET: metadata },
    // The path of the issuer comes last (RFC 8414, section 3.1).
    ...(path !== '/' && { [METADATA + path]: { GET: metadata } }),
    [INTROSPECTION]: { POST: clientRoute(services, introspect) },
    [REVOCATION]: { POST: clientRoute(services, revoke) },
  }
}

/**
 * Lists of what this server does not have are left out (RFC 8414, section 3.2): it has no
 * authorization and no token endpoint.
 */
function metadataOf({ issuer, config, expectedOrigin: { origin } }: Services) {
  const methods = ['client_secret_basic', 'client_secret_post']
  return {
    issuer,
    jwks_uri: origin + PATHS.jwks,
    ...(config.clients !== null && {
      introspection_endpoint: origin + INTROSPECTION,
      introspection_endpoint_auth_methods_supported: methods,
      revocation_endpoint: origin + REVOCATION,
      revocation_endpoint_auth_methods_supported: methods,
    }),
  }
}

type ClientHandler = (
  services: Services,
  context: RequestContext,
  token: string,
) => Promise<Response>

/** A route that takes a form with a token, from a client with a secret. */
function clientRoute(services: Services, handler: ClientHandler): Handler {
  return async (context) => {
    const result = await tokenFrom(services, context)
    return typeof result === 'string'
      ? handler(services, context, result)
      : sendClientProblem(result)
  }
}

/** Returns the token of an authenticated request. A hint of its type is not needed. */
async function tokenFrom({ config }: Services, context: RequestContext): Promise<string | Problem> {
  const body = isForm(context) ? await bodyOf(context) : null
  const form = body?.ok === true ? body.value : {}
  const authorization = context.req.header('authorization')
  if (authenticateClient(config.clients ?? [], authorization, form) === null)
    return problem(body?.ok === false && body.status === 413 ? body.code : 'invalid_client')
  const { token } = form
  return typeof token === 'string' && token !== '' ? token : problem('invalid_request')
}

const isForm = (context: RequestContext): boolean =>
  /^application\/x-www-form-urlencoded(?:\s*;|$)/i.test(context.req.header('content-type') ?? '')

/** A client learns the scheme of the header (RFC 6749, section 5.2). */
function sendClientProblem(refusal: Problem): Response {
  const response = sendProblemJson(refusal)
  if (refusal.status === 401) response.headers.set('WWW-Authenticate', 'Basic realm="latchkey"')
  return response
}

async function introspect({ auth }: Services, _context: RequestContext, token: string) {
  const result = await auth.introspect(token)
  return 'code' in result ? sendProblemJson(problem('temporarily_unavailable')) : json(result)
}

/** Responds to an unknown token as to a known one (RFC 7009, section 2.2). */
async function revoke(services: Services, context: RequestContext, token: string) {
  await services.auth.revokeToken(token, { device: requestDevice(services, context) })
  return new Response(null, { status: 200, headers: { 'Cache-Control': 'no-store' } })
}
