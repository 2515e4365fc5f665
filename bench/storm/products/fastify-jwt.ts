import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import { NO_RESPONSE } from 'latchkey-storm'
import { ACCESS_LIFETIME, issued, withStatus, refused, type Peer } from '../peer.ts'

const SECRET = 'a secret that only the storm uses, of 32 bytes or more'

/**
 * `@fastify/jwt` with a typical refresh route. The package signs and verifies; the rest is the
 * application's.
 */
export const fastifyJwtStateless: Peer = {
  name: '@fastify/jwt 10, stateless refresh route',
  settings:
    'README: `sign` with `expiresIn`, `jwtVerify` in front of the route; refresh token 7 days ' +
    'with a claim of its own',
  cost: 'none',
  async make() {
    const app = Fastify()
    await app.register(fastifyJwt, { secret: SECRET })
    const signAccess = (sub: string): string =>
      app.jwt.sign({ sub }, { expiresIn: `${ACCESS_LIFETIME}s` })
    app.post<{ Body: { username: string } }>('/login', async ({ body: { username } }) => ({
      access: signAccess(username),
      refresh: app.jwt.sign({ sub: username, refreshes: true }, { expiresIn: '7d' }),
    }))
    app.post('/refresh', async (request, reply) => {
      const { sub, refreshes } = await request.jwtVerify<{ sub: string; refreshes?: boolean }>()
      return refreshes ? { access: signAccess(sub) } : reply.code(401).send()
    })
    app.get('/protected', async (request) => request.jwtVerify())
    await app.ready()
    const send = async (method: 'GET' | 'POST', url: string, token: string, payload?: object) => {
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
      signIn: async (username) => issued((await send('POST', '/login', '', { username })).set),
      use: async ({ cookies }) => ({
        ...NO_RESPONSE,
        status: (await send('GET', '/protected', cookies['access'] ?? '')).status,
      }),
      async refresh({ cookies }) {
        const { status, set } = await send('POST', '/refresh', cookies['refresh'] ?? '')
        return status === 200 ? issued(set) : refused(status)
      },
      // The server has no state: the page deletes its tokens.
      signOut: async () => withStatus(204, { access: null, refresh: null }),
      injectFault: async () => false,
    }
  },
}
