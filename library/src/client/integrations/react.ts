import { useSyncExternalStore } from 'react'
import type { Client } from '../internal/types.ts'
import { UNKNOWN } from '../internal/state.ts'
import type { State } from '../internal/state.ts'

/** The state of the session. A server renders `unknown`, and so does the first picture of its page in the browser. */
export function useSession(client: Client): State {
  return useSyncExternalStore(
    client.subscribe,
    () => client.state,
    () => UNKNOWN,
  )
}
