import { Client, fetchExchange, gql, type CombinedError } from '@urql/core'
import { authExchange } from '@urql/exchange-auth'
import { beginSession, exchange, storedTokens, type Peer } from './shared.ts'

const auth = authExchange(async ({ appendHeaders }) => ({
  addAuthToOperation: (operation) =>
    appendHeaders(operation, { authorization: `Bearer ${storedTokens.get()?.access_token}` }),
  willAuthError: () => (storedTokens.get()?.expires_at ?? 0) * 1000 <= Date.now(),
  didAuthError: ({ response }) => (response as Response | undefined)?.status === 401,
  refreshAuth: async () => storedTokens.set(await exchange(storedTokens.get().refresh_token)),
}))
const QUERY = gql`query ($url: String!) { order(url: $url) }`
/** Makes each query a new one. */
let queries = 0

async function query(client: Client, url: string): Promise<number> {
  const { error } = await client
    .query(
      QUERY,
      { url: `${url}#${queries++}` },
      { url, requestPolicy: 'network-only', fetchOptions: { method: 'POST' } },
    )
    .toPromise()
  return statusIn(error)
}

function statusIn(error: CombinedError | undefined): number {
  if (error === undefined) return 200
  const { status } = (error.response ?? {}) as Response
  if (status === undefined) throw error
  return status
}

const client = new Client({
  url: '/api/graphql',
  exchanges: [auth, fetchExchange],
  preferGetMethod: false,
})
const bare = new Client({ url: '/api/graphql', exchanges: [fetchExchange], preferGetMethod: false })

export const peer: Peer = {
  signIn: async () => storedTokens.set(await beginSession()),
  start() {},
  call: (url) => query(client, url),
  plain: (url) => query(bare, url),
}
