/** @jsxImportSource solid-js */
import { createClient } from 'latchkey/client'
import { generateHydrationScript, renderToString } from 'solid-js/web'
import { App } from './app.tsx'

export const render = async (): Promise<string> =>
  renderToString(() => <App client={createClient()} />)

/** Belongs in the page before the rendered markup. */
export const head = generateHydrationScript()
