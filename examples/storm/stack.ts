/** Describes a server to the storm. */
import { NO_RESPONSE, type Stack, type StackResponse } from 'latchkey-storm'

export function stackAt(origin: string): Stack {
  async function post(path: string, token = ''): Promise<StackResponse> {
    const response = await fetch(origin + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    if (response.status !== 200)
      return {
        ...NO_RESPONSE,
        status: response.status,
        ended: path === '/refresh' && response.status === 401,
      }
    const { access, refresh, expires_in } = (await response.json()) as {
      access: string
      refresh: string
      expires_in: number
    }
    return { ...NO_RESPONSE, status: 200, set: { access, refresh }, expiresIn: expires_in }
  }

  return {
    name: 'our own server',
    // What a refresh presents.
    refreshCookie: 'refresh',
    // Seconds that an access token lives, and for which a replaced refresh token is accepted.
    accessLifetime: 300,
    grace: 0,
    servers: 1,
    signIn: () => post('/login'),
    async use({ cookies }) {
      const { status } = await fetch(`${origin}/protected`, {
        headers: { authorization: `Bearer ${cookies['access']}` },
      })
      return { ...NO_RESPONSE, status }
    },
    refresh: ({ cookies }) => post('/refresh', cookies['refresh']),
    signOut: async ({ cookies }) => ({
      ...(await post('/logout', cookies['refresh'])),
      set: { access: null, refresh: null },
    }),
    // This server can be neither killed nor restored from here.
    injectFault: async () => false,
  }
}
