import { create, type AxiosError } from 'axios'
import { createAuthRefresh, type AxiosAuthRefreshOptions } from 'axios-auth-refresh'
import { beginSession, exchange, kept, statusOf, type Peer } from './shared.ts'

async function refresh({ response }: AxiosError): Promise<void> {
  const tokens = await exchange(kept.get().refresh_token)
  kept.set(tokens)
  response!.config.headers.set('authorization', `Bearer ${tokens.access_token}`)
}

export function peerWith(options: AxiosAuthRefreshOptions): Peer {
  const api = create({ adapter: 'fetch' })
  const bare = create({ adapter: 'fetch' })
  api.interceptors.request.use((config) => {
    config.headers.set('authorization', `Bearer ${kept.get()?.access_token}`)
    return config
  })
  createAuthRefresh(api, refresh, options)
  return {
    signIn: async () => kept.set(await beginSession()),
    start() {},
    call: (url) => api.get(url).then(statusOf),
    plain: (url) => bare.get(url).then(statusOf),
  }
}

export const peer = peerWith({})
