import { createClient } from 'latchkey/client'
import { createApp, createSSRApp } from 'vue'
import App from './App.vue'

export const client = createClient()

/** Takes over what a server rendered, or begins. Answers the way to end it. */
export function mount(root: Element): () => void {
  const app = (root.hasChildNodes() ? createSSRApp : createApp)(App, { client })
  app.mount(root)
  return () => app.unmount()
}
