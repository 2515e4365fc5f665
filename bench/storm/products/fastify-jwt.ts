import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import { NO_ANSWER } from 'latchkey-storm'
import { ACCESS_LIFETIME, given, onlyStatus, refused, type Peer } from '../peer.ts'

const SECRET = 'a secret that only the storm uses, and nobody else'

/** `@fastify/jwt` with the refresh route that its users write: it signs and verifies; the rest is up to the application. */
export const fastifyJwtStateless: Peer = {
  name: '@fastify/jwt 10, stateless refresh route',
  settings:
    'README: `sign` with `expiresIn`, `jwtVerify` in front of the route; refresh token 7 days with a claim of its own',
  cost: 'none',
  async make() {
    const app = Fastify()
    await app.register(fastifyJwt, { secret: SECRET })
    const access = (sub: string): string =>
      app.jwt.sign({ sub }, { expiresIn: `${ACCESS_LIFETIME}s` })
    app.post<{ Body: { username: string } }>('/login', async ({ body: { username } }) => ({
      access: access(username),
      refresh: app.jwt.sign({ sub: username, refreshes: true }, { expiresIn: '7d' }),
    }))
    app.post('/refresh', async (request, reply) => {
      const { sub, refreshes } = await request.jwtVerify<{ sub: string; refreshes?: boolean }>()
      return refreshes ? { access: access(sub) } : reply.code(401).send()
    })
    app.get('/protected', async (request) => request.jwtVerify())
    await app.ready()
    const ask = async (method: 'GET' | 'POST', url: string, token: string, payload?: object) => {
      const reply = await app.inject({
        method,
        url,
        headers: { authorization: `Bearer ${token}` },
        ...(payload && { payload }),
      })
      return {
        status: reply.statusCode,
        set: reply.statusCode === 200 ? reply.json<Record<string, string>>() : {},
      }
    }
    return {
      name: fastifyJwtStateless.name,
      refreshCookie: 'refresh',
      accessLifetime: ACCESS_LIFETIME,
      grace: 0,
      servers: 1,
      signIn: async (username) => given((await ask('POST', '/login', '', { username })).set),
      use: async ({ cookies }) => ({
        ...NO_ANSWER,
        status: (await ask('GET', '/protected', cookies['access'] ?? '')).status,
      }),
      async refresh({ cookies }) {
        const { status, set } = await ask('POST', '/refresh', cookies['refresh'] ?? '')
        return status === 200 ? given(set) : refused(status)
      },
      // There is nothing to tell the server: the page forgets its tokens.
      signOut: async () => onlyStatus(204, { access: null, refresh: null }),
      happen: async () => false,
    }
  },
}
