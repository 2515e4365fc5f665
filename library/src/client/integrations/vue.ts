import { getCurrentInstance, onMounted, onScopeDispose, shallowReadonly, shallowRef } from 'vue'
import type { ShallowRef } from 'vue'
import type { Client } from '../internal/types.ts'
import { UNKNOWN } from '../internal/state.ts'
import type { State } from '../internal/state.ts'

/**
 * The state of the session, followed until the scope ends. A server renders `unknown`, and so does the first picture of its page in
 * the browser.
 */
export function useSession(client: Client): Readonly<ShallowRef<State>> {
  const component = getCurrentInstance()
  // A component has its element before it was set up only where it takes over what a server rendered.
  const state = shallowRef(component?.vnode.el ? UNKNOWN : client.state)
  const follow = (): void => {
    state.value = client.state
    onScopeDispose(client.subscribe((next) => (state.value = next)))
  }
  // Nothing is mounted on a server, which has nothing to follow either.
  if (component) onMounted(follow)
  else follow()
  return shallowReadonly(state)
}
