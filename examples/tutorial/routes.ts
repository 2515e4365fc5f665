import type { IncomingMessage, ServerResponse } from 'node:http'
import { deviceOf, ERRORS, type Authenticated, type Refusal, type SessionAuth } from 'latchkey'
import { bodyOf, routes, sendTokens, signIn, viewOf } from 'latchkey/node'
import { ACCESS_REFUSALS, refuse, REFRESH_REFUSALS, sendJson } from './responses.ts'
import { findUser } from './users.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export interface Route {
  method: 'GET' | 'POST'
  handle: Handler
}

const WRONG_LOGIN = {
  code: 'credentials_invalid',
  status: 401,
  message: 'Bad username or password',
}

/** The tutorial's routes, by path. */
export function tutorialRoutes(auth: SessionAuth): Map<string, Route> {
  const test = protect(auth, () => ({ tets: 'test' }))
  const user = protect(auth, ({ identity, claims }) => ({
    logged_in_as: { age: claims.age, username: identity },
  }))
  return new Map<string, Route>([
    ['/login', { method: 'POST', handle: login(auth) }],
    ['/refresh', { method: 'POST', handle: refresh(auth) }],
    ['/test', { method: 'POST', handle: test }],
    ['/protected', { method: 'GET', handle: user }],
  ])
}

function login(auth: SessionAuth): Handler {
  return async (request, response) => {
    const body = await bodyOf(request)
    if (!body.ok) return refuse(response, body)
    const user = await findUser(body.value.username, body.value.password)
    if (user === null) return refuse(response, WRONG_LOGIN)
    await signIn(auth, request, response, user.username, {
      mode: 'header',
      claims: { age: user.age },
      // The tutorial's page keeps its first refresh token forever. Rotation would take that for a
      // reuse, so it is off, and a stolen copy is not detected. A page that keeps every new token
      // sends `rotate=yes` and is protected.
      dangerouslyNeverRotate: body.value.rotate !== 'yes',
    })
  }
}

function refresh(auth: SessionAuth): Handler {
  const libraryRoutes = routes(auth)
  return async (request, response) => {
    // The browser client of the library sends its refresh token in a header.
    if (request.headers.authorization !== undefined)
      return void (await libraryRoutes(request, response))
    const body = await bodyOf(request)
    if (!body.ok) return refuse(response, body)
    // The tutorial's page also sends its expired access token, which is not needed.
    const token = body.value.refresh_token
    if (typeof token !== 'string' || token === '')
      return refuse(response, { code: 'token_missing', ...ERRORS.token_missing }, REFRESH_REFUSALS)
    const result = await auth.refresh(token, { device: deviceOf(viewOf(request)) })
    return result.ok
      ? sendTokens(auth, response, result.tokens)
      : refuse(response, result, REFRESH_REFUSALS)
  }
}

/** A route that requires an access token. */
function protect(auth: SessionAuth, body: (authenticated: Authenticated) => unknown): Handler {
  return async (request, response) => {
    const result = await authenticate(auth, request)
    if (!result.ok) return refuse(response, result, ACCESS_REFUSALS)
    return sendJson(response, 200, body(result))
  }
}

/**
 * Accepts the access token in `Authorization` or, as the tutorial's page sends it, as `token` in a
 * JSON body.
 */
async function authenticate(
  auth: SessionAuth,
  request: IncomingMessage,
): Promise<Authenticated | Refusal> {
  const view = viewOf(request)
  view.body = async () => {
    const body = await bodyOf(request)
    return body.ok ? { ok: true, value: { access_token: body.value.token } } : body
  }
  return auth.authenticate(view, { locations: ['headers', 'json'] })
}
