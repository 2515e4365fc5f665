/** What the storm has to know of a server: five functions, and four facts. */
import { NO_ANSWER, type Answer, type Stack } from 'latchkey-storm'

export function stackAt(origin: string): Stack {
  async function post(path: string, token = ''): Promise<Answer> {
    const response = await fetch(origin + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    if (response.status !== 200)
      return {
        ...NO_ANSWER,
        status: response.status,
        ended: path === '/refresh' && response.status === 401,
      }
    const { access, refresh, expires_in } = (await response.json()) as {
      access: string
      refresh: string
      expires_in: number
    }
    return { ...NO_ANSWER, status: 200, set: { access, refresh }, expiresIn: expires_in }
  }

  return {
    name: 'our own server',
    // What a refresh presents; how long an access token lives, and a replaced refresh token is forgiven: seconds; how many servers there are.
    refreshCookie: 'refresh',
    accessLifetime: 300,
    grace: 0,
    servers: 1,
    signIn: () => post('/login'),
    async use({ cookies }) {
      const { status } = await fetch(`${origin}/protected`, {
        headers: { authorization: `Bearer ${cookies['access']}` },
      })
      return { ...NO_ANSWER, status }
    },
    refresh: ({ cookies }) => post('/refresh', cookies['refresh']),
    signOut: async ({ cookies }) => ({
      ...(await post('/logout', cookies['refresh'])),
      set: { access: null, refresh: null },
    }),
    // Nothing can be done to this server from here: it is neither killed nor restored.
    happen: async () => false,
  }
}
