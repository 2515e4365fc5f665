import { createClient } from 'latchkey/client'
import { plainFetch, statusOf, type Peer } from './shared.ts'

const client = createClient({
  paths: { signIn: '/own/login', refresh: '/own/refresh', signOut: '/own/logout' },
})

export const peer: Peer = {
  async signIn() {
    await client.signIn({ username: 'ann' })
  },
  start: () => client.ready,
  call: (url) => client.fetch(url.replace('/api', '/own/api')).then(statusOf),
  plain: plainFetch,
}
