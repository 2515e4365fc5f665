import ky from 'ky'
import { beginSession, exchange, storedTokens, statusOf, type Peer } from './shared.ts'

/** As in its documentation: retry on 401, and refresh before the retry. */
const api = ky.create({
  retry: { statusCodes: [401], delay: () => 0 },
  hooks: {
    beforeRequest: [
      ({ request }) =>
        request.headers.set('authorization', `Bearer ${storedTokens.get()?.access_token}`),
    ],
    beforeRetry: [
      async ({ request }) => {
        const tokens = await exchange(storedTokens.get().refresh_token)
        storedTokens.set(tokens)
        request.headers.set('authorization', `Bearer ${tokens.access_token}`)
      },
    ],
  },
})

export const peer: Peer = {
  signIn: async () => storedTokens.set(await beginSession()),
  start() {},
  call: (url) => api.get(url).then(statusOf),
  plain: (url) => ky.get(url).then(statusOf),
}
