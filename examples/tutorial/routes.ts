import type { IncomingMessage, ServerResponse } from 'node:http'
import { deviceOf, ERRORS, type SessionAuth, type Authenticated, type Refusal } from 'latchkey'
import { bodyOf, routes, sendTokens, viewOf } from 'latchkey/node'
import { ACCESS_WORDS, refuse, REFRESH_WORDS, sendJson } from './answers.ts'
import { findPerson } from './people.ts'

export interface Route {
  method: 'GET' | 'POST'
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>
}

const WRONG_LOGIN = {
  code: 'credentials_invalid',
  status: 401,
  message: 'Bad username or password',
}

/** The tutorial's routes, by path. */
export function tutorialRoutes(auth: SessionAuth): Map<string, Route> {
  const library = routes(auth)

  async function login(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request)
    if (!body.ok) return refuse(response, body)
    const person = await findPerson(body.value.username, body.value.password)
    if (person === null) return refuse(response, WRONG_LOGIN)
    const tokens = await auth.signIn(person.username, {
      claims: { age: person.age },
      device: deviceOf(viewOf(request)),
      // The tutorial's page keeps its first refresh token for good: rotation would take it for a thief's copy, so there is none,
      // and a real copy goes unnoticed. A page that keeps each new token says `rotate=yes`, and gets the protection.
      dangerouslyNeverRotate: body.value.rotate !== 'yes',
    })
    sendTokens(auth, response, tokens)
  }

  async function refresh(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Our client sends its refresh token in the header: that is the library's own route, with all it does for such a client.
    if (request.headers.authorization !== undefined) return void (await library(request, response))
    const body = await bodyOf(request)
    if (!body.ok) return refuse(response, body)
    // The tutorial's page sends its access token along. It is expired, unneeded, and not looked at.
    const token = body.value.refresh_token
    if (typeof token !== 'string' || token === '')
      return refuse(response, { code: 'token_missing', ...ERRORS.token_missing }, REFRESH_WORDS)
    const outcome = await auth.refresh(token, { device: deviceOf(viewOf(request)) })
    return outcome.ok
      ? sendTokens(auth, response, outcome.tokens)
      : refuse(response, outcome, REFRESH_WORDS)
  }

  /** The access token is in `Authorization`, or where the tutorial's page has it: in a JSON body, as `token`. */
  async function authenticate(request: IncomingMessage): Promise<Authenticated | Refusal> {
    const view = viewOf(request)
    view.body = async () => {
      const body = await bodyOf(request)
      return body.ok ? { ok: true, value: { access_token: body.value.token } } : body
    }
    return auth.authenticate(view, { locations: ['headers', 'json'] })
  }

  const guarded = (answer: (who: Authenticated) => unknown): Route['answer'] =>
    async function checkRequest(request, response) {
      const outcome = await authenticate(request)
      if (!outcome.ok) return refuse(response, outcome, ACCESS_WORDS)
      return sendJson(response, 200, answer(outcome))
    }

  return new Map<string, Route>([
    ['/login', { method: 'POST', answer: login }],
    ['/refresh', { method: 'POST', answer: refresh }],
    ['/test', { method: 'POST', answer: guarded(() => ({ tets: 'test' })) }],
    [
      '/protected',
      {
        method: 'GET',
        answer: guarded(({ identity, claims }) => ({
          logged_in_as: { age: claims.age, username: identity },
        })),
      },
    ],
  ])
}
