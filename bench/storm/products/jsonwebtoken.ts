import { randomUUID } from 'node:crypto'
import express, { type Express, type Request, type Response } from 'express'
import jwt from 'jsonwebtoken'
import { ACCESS_LIFETIME, issued, httpClient, withStatus, refused, type Peer } from '../peer.ts'
import { listen, type RunningServer } from './listen.ts'

const SECRETS = {
  access: 'a secret that only the storm uses, for access',
  refresh: 'a secret that only the storm uses, for refresh',
}

const cookieOf = (request: Request, name: string): string =>
  new RegExp(`(?:^|; )${name}=([^;]*)`).exec(request.headers.cookie ?? '')?.[1] ?? ''
const sign = (sub: string, kind: keyof typeof SECRETS, expiresIn: number): string =>
  jwt.sign({ sub, jti: randomUUID() }, SECRETS[kind], { expiresIn })
const WEEK = 7 * 24 * 60 * 60

function setAccess(response: Response, sub: string): Response {
  return response.cookie('access', sign(sub, 'access', ACCESS_LIFETIME), { httpOnly: true })
}
function setRefresh(response: Response, token: string): Response {
  return response.cookie('refresh', token, { httpOnly: true })
}
function subjectOf(token: string, kind: keyof typeof SECRETS): string | null {
  try {
    return (jwt.verify(token, SECRETS[kind]) as { sub: string }).sub
  } catch {
    return null
  }
}

function appWith(routes: {
  login: (sub: string) => string
  refresh: (token: string, sub: string | null) => string | null
  logout: (token: string) => void
}): Express {
  const app = express()
  app.use(express.json())
  app.post('/login', (request, response) => {
    const { username } = request.body as { username: string }
    setRefresh(setAccess(response, username), routes.login(username)).sendStatus(200)
  })
  app.post('/refresh', (request, response) => {
    const token = cookieOf(request, 'refresh')
    const sub = subjectOf(token, 'refresh')
    const next = routes.refresh(token, sub)
    if (next === null || sub === null) response.clearCookie('refresh').sendStatus(403)
    else setRefresh(setAccess(response, sub), next).sendStatus(200)
  })
  app.get(
    '/protected',
    (request, response) =>
      void response.sendStatus(
        subjectOf(cookieOf(request, 'access'), 'access') === null ? 401 : 200,
      ),
  )
  app.post('/logout', (request, response) => {
    routes.logout(cookieOf(request, 'refresh'))
    response.clearCookie('access').clearCookie('refresh').sendStatus(204)
  })
  return app
}

function peerOf(name: string, settings: string, cost: string, makeApp: () => Express): Peer {
  let server: RunningServer | null = null
  return {
    name,
    settings,
    cost,
    async make() {
      server = await listen(makeApp())
      const send = httpClient(server.fetch)
      return {
        name,
        refreshCookie: 'refresh',
        accessLifetime: ACCESS_LIFETIME,
        grace: 0,
        servers: 1,
        signIn: async (username) =>
          issued((await send({ method: 'POST', path: '/login', body: { username } })).response.set),
        use: async ({ cookies }) =>
          (await send({ method: 'GET', path: '/protected', cookies })).response,
        async refresh({ cookies }) {
          const { response } = await send({ method: 'POST', path: '/refresh', cookies })
          return response.status === 200
            ? issued(response.set)
            : { ...refused(response.status), set: response.set }
        },
        signOut: async ({ cookies }) =>
          withStatus(204, (await send({ method: 'POST', path: '/logout', cookies })).response.set),
        injectFault: async () => false,
      }
    },
    stop: () => server?.stop(),
  }
}

/**
 * The refresh route of most tutorials: a refresh token that has not expired gets an access token.
 * Nothing is stored.
 */
export const jsonwebtokenStateless = peerOf(
  'jsonwebtoken 9, stateless refresh route',
  'the usual tutorial: access token 5 min, refresh token 7 days, both in cookies',
  'none',
  () =>
    appWith({
      login: (sub) => sign(sub, 'refresh', WEEK),
      refresh: (token, sub) => (sub === null ? null : token),
      logout: () => {},
    }),
)

/**
 * The refresh route of careful tutorials: refresh tokens are in the database and used once. A valid
 * token that is not in the database was used before: all tokens of the user are deleted.
 */
export const jsonwebtokenRotating = peerOf(
  'jsonwebtoken 9, rotating, reuse revokes the family',
  'the careful tutorial: refresh tokens in the database, each used once, reuse deletes all ' +
    'of the user',
  '1 read, 1 write',
  () => {
    const families = new Map<string, Set<string>>()
    const add = (sub: string): string => {
      const token = sign(sub, 'refresh', WEEK)
      families.set(sub, (families.get(sub) ?? new Set()).add(token))
      return token
    }
    return appWith({
      login: add,
      refresh(token, sub) {
        if (sub === null) return null
        if (families.get(sub)?.delete(token)) return add(sub)
        families.delete(sub)
        return null
      },
      logout: (token) => void families.get(subjectOf(token, 'refresh') ?? '')?.delete(token),
    })
  },
)
