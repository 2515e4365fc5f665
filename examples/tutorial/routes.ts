import type { IncomingMessage, ServerResponse } from 'node:http'
import { deviceOf, ERRORS, type SessionAuth, type Authenticated, type Refusal } from 'latchkey'
import { bodyOf, routes, sendTokens, viewOf } from 'latchkey/node'
import { ACCESS_REFUSALS, refuse, REFRESH_REFUSALS, sendJson } from './responses.ts'
import { findUser } from './users.ts'

export interface Route {
  method: 'GET' | 'POST'
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
}

const WRONG_LOGIN = {
  code: 'credentials_invalid',
  status: 401,
  message: 'Bad username or password',
}

/** The tutorial's routes, by path. */
export function tutorialRoutes(auth: SessionAuth): Map<string, Route> {
  const libraryRoutes = routes(auth)

  async function login(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request)
    if (!body.ok) return refuse(response, body)
    const user = await findUser(body.value.username, body.value.password)
    if (user === null) return refuse(response, WRONG_LOGIN)
    const tokens = await auth.signIn(user.username, {
      claims: { age: user.age },
      device: deviceOf(viewOf(request)),
      // The tutorial's page keeps its first refresh token forever. Rotation would take that for a
      // reuse, so it is off, and a stolen copy is not detected. A page that keeps every new token
      // sends `rotate=yes` and is protected.
      dangerouslyNeverRotate: body.value.rotate !== 'yes',
    })
    sendTokens(auth, response, tokens)
  }

  async function refresh(request: IncomingMessage, response: ServerResponse): Promise<void> {
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

  /**
   * Accepts the access token in `Authorization` or, as the tutorial's page sends it, as `token` in
   * a JSON body.
   */
  async function authenticate(request: IncomingMessage): Promise<Authenticated | Refusal> {
    const view = viewOf(request)
    view.body = async () => {
      const body = await bodyOf(request)
      return body.ok ? { ok: true, value: { access_token: body.value.token } } : body
    }
    return auth.authenticate(view, { locations: ['headers', 'json'] })
  }

  const guarded = (body: (authenticated: Authenticated) => unknown): Route['handle'] =>
    async function checkRequest(request, response) {
      const result = await authenticate(request)
      if (!result.ok) return refuse(response, result, ACCESS_REFUSALS)
      return sendJson(response, 200, body(result))
    }

  return new Map<string, Route>([
    ['/login', { method: 'POST', handle: login }],
    ['/refresh', { method: 'POST', handle: refresh }],
    ['/test', { method: 'POST', handle: guarded(() => ({ tets: 'test' })) }],
    [
      '/protected',
      {
        method: 'GET',
        handle: guarded(({ identity, claims }) => ({
          logged_in_as: { age: claims.age, username: identity },
        })),
      },
    ],
  ])
}
