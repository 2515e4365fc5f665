import { createClient } from 'latchkey/client'
import { hydrate, mount as mountApp, unmount } from 'svelte'
import App from './App.svelte'

export const client = createClient()

/** Hydrates what a server rendered, or mounts from scratch. Returns a function that unmounts. */
export function mount(root: Element): () => void {
  const app = (root.hasChildNodes() ? hydrate : mountApp)(App, { target: root, props: { client } })
  return () => void unmount(app)
}
