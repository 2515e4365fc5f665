import { createSignal, onCleanup, onMount, sharedConfig } from 'solid-js'
import type { Client } from '../internal/types.ts'
import { UNKNOWN } from '../internal/state.ts'
import type { State } from '../internal/state.ts'

/**
 * The state of the session, followed until its owner is cleaned up. A server renders `unknown`, and so does the first picture of its
 * page in the browser.
 */
export function useSession(client: Client): () => State {
  const [state, setState] = createSignal(sharedConfig.context ? UNKNOWN : client.state)
  // Nothing is mounted on a server, which has nothing to follow either.
  onMount(() => {
    setState(client.state)
    onCleanup(client.subscribe((next) => setState(next)))
  })
  return state
}
