import { createClient } from 'latchkey/client'
import { createApp, createSSRApp } from 'vue'
import App from './App.vue'

export const client = createClient()

/** Hydrates what a server rendered, or mounts from scratch. Returns a function that unmounts. */
export function mount(root: Element): () => void {
  const app = (root.hasChildNodes() ? createSSRApp : createApp)(App, { client })
  app.mount(root)
  return () => app.unmount()
}
