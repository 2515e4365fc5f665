import { createClient } from 'latchkey/client/header'
import { plainFetch, statusOf, type Peer } from './shared.ts'

const client = createClient({ paths: { signIn: '/start', refresh: '/refresh', signOut: '/end' } })

export const peer: Peer = {
  async signIn() {
    await client.signIn({ username: 'ann' })
  },
  start: () => client.ready,
  call: (url) => client.fetch(url).then(statusOf),
  plain: plainFetch,
}
