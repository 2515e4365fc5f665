import { createSubscriber } from 'svelte/reactivity'
import type { State } from '../internal/state.ts'
import type { Client } from '../internal/types.ts'

export type { Client } from '../internal/types.ts'
export type { State } from '../internal/state.ts'

/** The state of the session in `current`, which is reactive. On a server it is `unknown`. */
export function useSession(client: Client): { readonly current: State } {
  const subscribe = createSubscriber(client.subscribe)
  return {
    get current() {
      subscribe()
      return client.state
    },
  }
}
