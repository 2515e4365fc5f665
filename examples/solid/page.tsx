/** @jsxImportSource solid-js */
import { createClient } from 'latchkey/client'
import { hydrate, render } from 'solid-js/web'
import { App } from './app.tsx'

export const client = createClient()

/** Takes over what a server rendered, or begins. Answers the way to end it. */
export function mount(root: Element): () => void {
  return (root.hasChildNodes() ? hydrate : render)(() => <App client={client} />, root)
}
