import express from 'express'
import session from 'express-session'
import type { Peer } from '../peer.ts'
import { issued, httpClient, withStatus, refused } from '../peer.ts'
import { listen, type RunningServer } from './listen.ts'

declare module 'express-session' {
  interface SessionData {
    user: string
  }
}

const SECRET = 'a secret that only the storm uses, of 32 bytes or more'
const DAY = 24 * 60 * 60 * 1000
const COOKIE = 'connect.sid'
let server: RunningServer | null = null

/**
 * One cookie that names a session in a store and never changes. `rolling` extends it with each
 * request.
 */
export const expressSession: Peer = {
  name: 'express-session 1.18',
  settings:
    'README: `resave: false`, `saveUninitialized: false`, `rolling: true`, `regenerate` at ' +
    'sign-in, `destroy` at sign-out',
  cost: '1 read, 1 touch',
  async make() {
    const app = express()
    app.use(
      session({
        secret: SECRET,
        resave: false,
        saveUninitialized: false,
        rolling: true,
        cookie: { maxAge: 7 * DAY },
      }),
    )
    app.use(express.json())
    app.post('/login', (request, response, next) => {
      request.session.regenerate((error) => {
        if (error) return next(error)
        request.session.user = request.body.username
        response.sendStatus(200)
      })
    })
    app.get(
      '/protected',
      (request, response) => void response.sendStatus(request.session.user ? 200 : 401),
    )
    app.post('/logout', (request, response) => {
      request.session.destroy(() => response.clearCookie(COOKIE).sendStatus(204))
    })
    server = await listen(app)
    const send = httpClient(server.fetch)
    return {
      name: expressSession.name,
      refreshCookie: COOKIE,
      accessLifetime: 300,
      grace: 0,
      servers: 1,
      signIn: async (username) =>
        issued((await send({ method: 'POST', path: '/login', body: { username } })).response.set),
      use: async ({ cookies }) =>
        (await send({ method: 'GET', path: '/protected', cookies })).response,
      async refresh({ cookies }) {
        const { response } = await send({ method: 'GET', path: '/protected', cookies })
        return response.status === 200 ? issued(response.set) : refused()
      },
      signOut: async ({ cookies }) =>
        withStatus(204, (await send({ method: 'POST', path: '/logout', cookies })).response.set),
      injectFault: async () => false,
    }
  },
  stop: () => server?.stop(),
}
