import { createSignal, onCleanup, onMount, sharedConfig } from 'solid-js'
import { UNKNOWN } from '../internal/state.ts'
import type { State } from '../internal/state.ts'
import type { Client } from '../internal/types.ts'

export type { Client } from '../internal/types.ts'
export type { State } from '../internal/state.ts'

/**
 * The state of the session, updated until the owner is cleaned up. During server rendering and
 * hydration it is `unknown`.
 */
export function useSession(client: Client): () => State {
  const [state, setState] = createSignal(sharedConfig.context ? UNKNOWN : client.state)
  // Runs only in a browser.
  onMount(() => {
    setState(client.state)
    onCleanup(client.subscribe((next) => setState(next)))
  })
  return state
}
