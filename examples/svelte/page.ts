import { createClient } from 'latchkey/client'
import { hydrate, mount as begin, unmount } from 'svelte'
import App from './App.svelte'

export const client = createClient()

/** Takes over what a server rendered, or begins. Answers the way to end it. */
export function mount(root: Element): () => void {
  const app = (root.hasChildNodes() ? hydrate : begin)(App, { target: root, props: { client } })
  return () => void unmount(app)
}
