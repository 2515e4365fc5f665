import { getCurrentInstance, onMounted, onScopeDispose, shallowReadonly, shallowRef } from 'vue'
import type { ShallowRef } from 'vue'
import { UNKNOWN } from '../internal/state.ts'
import type { State } from '../internal/state.ts'
import type { Client } from '../internal/types.ts'

export type { Client } from '../internal/types.ts'
export type { State } from '../internal/state.ts'

/**
 * The state of the session, updated until the scope ends. During server rendering and hydration it
 * is `unknown`.
 */
export function useSession(client: Client): Readonly<ShallowRef<State>> {
  const component = getCurrentInstance()
  // A component that hydrates has its element before its setup.
  const state = shallowRef(component?.vnode.el ? UNKNOWN : client.state)
  const follow = (): void => {
    state.value = client.state
    onScopeDispose(client.subscribe((next) => (state.value = next)))
  }
  // A component follows only in a browser, where it is mounted.
  if (component) onMounted(follow)
  else follow()
  return shallowReadonly(state)
}
