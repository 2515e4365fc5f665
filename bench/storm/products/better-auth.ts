import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { given, httpAsk, onlyStatus, refused, type Peer } from '../peer.ts'

const ORIGIN = 'http://localhost:3000'
const COOKIE = 'better-auth.session_token'

/** Better Auth's sessions: one cookie, looked up at each request, its life prolonged once a day; with `cookieCache` the answer is kept in a signed cookie. */
const betterAuthSessions = (cached: boolean): Peer => {
  const peer: Peer = {
    name: cached ? 'Better Auth 1.7, cookieCache 5 min' : 'Better Auth 1.7, sessions',
    settings: `its documents' defaults: 7 days, updated daily${cached ? ', `cookieCache: { enabled: true, maxAge: 300 }`' : ''}; a cheap password hash for the storm's sake`,
    cost: cached ? '1 read every 5 min' : '1 read, 1 write a day',
    async make() {
      const auth = betterAuth({
        baseURL: ORIGIN,
        secret: 'a secret that only the storm uses, and nobody else',
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
      const ask = httpAsk((path, init) =>
        auth.handler(
          new Request(ORIGIN + path, {
            ...init,
            headers: { ...(init.headers as Record<string, string>), origin: ORIGIN },
          }),
        ),
      )
      const session = async (cookies: Record<string, string>) =>
        ask({ method: 'GET', path: '/api/auth/get-session', cookies })
      return {
        name: peer.name,
        refreshCookie: COOKIE,
        accessLifetime: 300,
        grace: 0,
        servers: 1,
        async signIn(name) {
          const email = `${name.replace(/\W+/g, '-')}@storm.example`
          const { answer } = await ask({
            method: 'POST',
            path: '/api/auth/sign-up/email',
            body: { name, email, password: 'a long password' },
          })
          return answer.status === 200 ? given(answer.set) : answer
        },
        async use({ cookies }) {
          const { answer, body } = await session(cookies)
          return onlyStatus(body === null ? 401 : 200, answer.set)
        },
        async refresh({ cookies }) {
          const { answer, body } = await session(cookies)
          if (answer.status !== 200) return answer
          return body === null ? { ...refused(), set: answer.set } : given(answer.set)
        },
        signOut: async ({ cookies }) =>
          (await ask({ method: 'POST', path: '/api/auth/sign-out', cookies, body: {} })).answer,
        happen: async () => false,
      }
    },
  }
  return peer
}

export const BETTER_AUTH: Peer[] = [betterAuthSessions(false), betterAuthSessions(true)]
