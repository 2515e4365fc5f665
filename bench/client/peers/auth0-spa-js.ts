import { Auth0Client } from '@auth0/auth0-spa-js'
import { beginSession, plainFetch, statusOf, type Peer } from './shared.ts'

const CLIENT = {
  clientId: 'bench',
  scope: 'openid profile email offline_access',
  audience: 'default',
}
const auth = new Auth0Client({
  domain: location.origin,
  clientId: CLIENT.clientId,
  useRefreshTokens: true,
  cacheLocation: 'localstorage',
})

export const peer: Peer = {
  /** Stores what the library stores after the redirect from its sign-in page. */
  async signIn() {
    const { access_token, refresh_token, id_token, expires_in, expires_at } = await beginSession()
    const body = {
      access_token,
      refresh_token,
      id_token,
      expires_in,
      scope: CLIENT.scope,
      audience: CLIENT.audience,
      client_id: CLIENT.clientId,
    }
    const key = ['@@auth0spajs@@', CLIENT.clientId, CLIENT.audience, CLIENT.scope].join('::')
    localStorage.setItem(key, JSON.stringify({ body, expiresAt: expires_at }))
  },
  start() {},
  async call(url) {
    const token = await auth.getTokenSilently()
    return fetch(url, { headers: { authorization: `Bearer ${token}` } }).then(statusOf)
  },
  plain: plainFetch,
}
