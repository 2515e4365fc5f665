import { create } from 'axios'
import { applyAuthTokenInterceptor, getBrowserLocalStorage, setAuthTokens } from 'axios-jwt'
import { beginSession, exchange, statusOf, type Peer, type Tokens } from './shared.ts'

const api = create({ adapter: 'fetch' })
const bare = create({ adapter: 'fetch' })
const toCamelCase = ({ access_token: accessToken, refresh_token: refreshToken }: Tokens) => ({
  accessToken,
  refreshToken,
})
applyAuthTokenInterceptor(api, {
  requestRefresh: async (token) => toCamelCase(await exchange(token)),
  getStorage: getBrowserLocalStorage,
})

export const peer: Peer = {
  signIn: async () => setAuthTokens(toCamelCase(await beginSession())),
  start() {},
  call: (url) => api.get(url).then(statusOf),
  plain: (url) => bare.get(url).then(statusOf),
}
