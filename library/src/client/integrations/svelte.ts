import { createSubscriber } from 'svelte/reactivity'
import type { Client } from '../internal/types.ts'
import type { State } from '../internal/state.ts'

/** The state of the session: `current` is followed for as long as something on the page reads it. A server renders `unknown`. */
export function useSession(client: Client): { readonly current: State } {
  const follow = createSubscriber(client.subscribe)
  return {
    get current() {
      follow()
      return client.state
    },
  }
}
