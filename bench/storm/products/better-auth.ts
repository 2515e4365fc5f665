import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { issued, httpClient, withStatus, refused, type Peer } from '../peer.ts'

const ORIGIN = 'http://localhost:3000'
const COOKIE = 'better-auth.session_token'

/**
 * Better Auth's sessions: one cookie, looked up for each request, and extended once a day. With
 * `cookieCache` the result of the lookup is stored in a signed cookie.
 */
const betterAuthSessions = (cached: boolean): Peer => {
  const peer: Peer = {
    name: cached ? 'Better Auth 1.7, cookieCache 5 min' : 'Better Auth 1.7, sessions',
    settings:
      'the documented defaults: 7 days, updated daily' +
      (cached ? ', `cookieCache: { enabled: true, maxAge: 300 }`' : '') +
      '; a cheap password hash, for speed',
    cost: cached ? '1 read every 5 min' : '1 read, 1 write a day',
    async make() {
      const auth = betterAuth({
        baseURL: ORIGIN,
        secret: 'a secret that only the storm uses, of 32 bytes or more',
        database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
        emailAndPassword: {
          enabled: true,
          password: {
            hash: async (password) => password,
            verify: async ({ hash, password }) => hash === password,
          },
        },
        rateLimit: { enabled: false },
        session: { cookieCache: { enabled: cached, maxAge: 300 } },
        telemetry: { enabled: false },
      })
      const send = httpClient((path, init) =>
        auth.handler(
          new Request(ORIGIN + path, {
            ...init,
            headers: { ...(init.headers as Record<string, string>), origin: ORIGIN },
          }),
        ),
      )
      const session = async (cookies: Record<string, string>) =>
        send({ method: 'GET', path: '/api/auth/get-session', cookies })
      return {
        name: peer.name,
        refreshCookie: COOKIE,
        accessLifetime: 300,
        grace: 0,
        servers: 1,
        async signIn(name) {
          const email = `${name.replace(/\W+/g, '-')}@storm.example`
          const { response } = await send({
            method: 'POST',
            path: '/api/auth/sign-up/email',
            body: { name, email, password: 'a long password' },
          })
          return response.status === 200 ? issued(response.set) : response
        },
        async use({ cookies }) {
          const { response, body } = await session(cookies)
          return withStatus(body === null ? 401 : 200, response.set)
        },
        async refresh({ cookies }) {
          const { response, body } = await session(cookies)
          if (response.status !== 200) return response
          return body === null ? { ...refused(), set: response.set } : issued(response.set)
        },
        signOut: async ({ cookies }) =>
          (await send({ method: 'POST', path: '/api/auth/sign-out', cookies, body: {} })).response,
        injectFault: async () => false,
      }
    },
  }
  return peer
}

export const BETTER_AUTH: Peer[] = [betterAuthSessions(false), betterAuthSessions(true)]
