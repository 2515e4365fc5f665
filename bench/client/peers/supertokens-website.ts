import Session from 'supertokens-website'
import { plainFetch, type Peer } from './shared.ts'

const plain = globalThis.fetch.bind(globalThis)
Session.init({ apiDomain: location.origin, apiBasePath: '/auth', tokenTransferMethod: 'header' })

export const peer: Peer = {
  async signIn() {
    await fetch('/auth/start', { method: 'POST' })
  },
  start() {},
  call: plainFetch,
  plain: (url) => plain(url).then(({ status }) => status),
}
