import { GoTrueClient } from '@supabase/auth-js'
import { beginSession, plainFetch, statusOf, type Peer } from './shared.ts'

const auth = new GoTrueClient({ url: `${location.origin}/supabase`, storageKey: 'supabase' })

export const peer: Peer = {
  async signIn() {
    const { error } = await auth.setSession(await beginSession())
    if (error) throw error
  },
  start: () => auth.initialize(),
  async call(url) {
    const {
      data: { session },
      error,
    } = await auth.getSession()
    if (error) throw error
    return fetch(url, { headers: { authorization: `Bearer ${session?.access_token}` } }).then(
      statusOf,
    )
  },
  plain: plainFetch,
}
