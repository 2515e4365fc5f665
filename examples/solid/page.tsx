/** @jsxImportSource solid-js */
import { createClient } from 'latchkey/client'
import { hydrate, render } from 'solid-js/web'
import { App } from './app.tsx'

export const client = createClient()

/** Hydrates what a server rendered, or mounts from scratch. Returns a function that unmounts. */
export function mount(root: Element): () => void {
  return (root.hasChildNodes() ? hydrate : render)(() => <App client={client} />, root)
}
