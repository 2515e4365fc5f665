import { createClient } from 'latchkey/client'
import { StrictMode } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { App } from './app.tsx'

export const client = createClient()

/** Hydrates what a server rendered, or mounts from scratch. Returns a function that unmounts. */
export function mount(root: Element): () => void {
  const app = (
    <StrictMode>
      <App client={client} />
    </StrictMode>
  )
  const mounted = root.hasChildNodes() ? hydrateRoot(root, app) : createRoot(root)
  if (!root.hasChildNodes()) mounted.render(app)
  return () => mounted.unmount()
}
