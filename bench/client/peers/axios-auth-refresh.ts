import { create, type AxiosError } from 'axios'
import { createAuthRefresh, type AxiosAuthRefreshOptions } from 'axios-auth-refresh'
import { beginSession, exchange, storedTokens, statusOf, type Peer } from './shared.ts'

async function refresh({ response }: AxiosError): Promise<void> {
  const tokens = await exchange(storedTokens.get().refresh_token)
  storedTokens.set(tokens)
  response!.config.headers.set('authorization', `Bearer ${tokens.access_token}`)
}

export function peerWith(options: AxiosAuthRefreshOptions): Peer {
  const api = create({ adapter: 'fetch' })
  const bare = create({ adapter: 'fetch' })
  api.interceptors.request.use((config) => {
    config.headers.set('authorization', `Bearer ${storedTokens.get()?.access_token}`)
    return config
  })
  createAuthRefresh(api, refresh, options)
  return {
    signIn: async () => storedTokens.set(await beginSession()),
    start() {},
    call: (url) => api.get(url).then(statusOf),
    plain: (url) => bare.get(url).then(statusOf),
  }
}

export const peer = peerWith({})
