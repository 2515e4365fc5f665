import { useSyncExternalStore } from 'react'
import { UNKNOWN } from '../internal/state.ts'
import type { State } from '../internal/state.ts'
import type { Client } from '../internal/types.ts'

export type { Client } from '../internal/types.ts'
export type { State } from '../internal/state.ts'

/** The state of the session. During server rendering and hydration it is `unknown`. */
export function useSession(client: Client): State {
  return useSyncExternalStore(
    client.subscribe,
    () => client.state,
    () => UNKNOWN,
  )
}
