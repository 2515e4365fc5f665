import { User, UserManager, WebStorageStateStore } from 'oidc-client-ts'
import { beginSession, plainFetch, statusOf, type Peer } from './shared.ts'

const manager = new UserManager({
  authority: location.origin,
  client_id: 'bench',
  redirect_uri: location.href,
  userStore: new WebStorageStateStore({ store: localStorage }),
  metadata: {
    issuer: location.origin,
    token_endpoint: `${location.origin}/oidc/token`,
    authorization_endpoint: `${location.origin}/oidc/authorize`,
  },
})

export const peer: Peer = {
  async signIn() {
    const { access_token, refresh_token, expires_at } = await beginSession()
    const profile = {
      sub: 'ann',
      iss: location.origin,
      aud: 'bench',
      exp: expires_at,
      iat: expires_at - 300,
    }
    await manager.storeUser(
      new User({
        access_token,
        refresh_token,
        expires_at,
        token_type: 'Bearer',
        scope: 'openid',
        profile,
      }),
    )
  },
  start() {},
  async call(url) {
    let user = await manager.getUser()
    if (!user || user.expired) user = await manager.signinSilent()
    return fetch(url, { headers: { authorization: `Bearer ${user?.access_token}` } }).then(statusOf)
  },
  plain: plainFetch,
}
