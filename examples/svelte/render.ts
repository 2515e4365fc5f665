import { createClient } from 'latchkey/client'
import { render as renderApp } from 'svelte/server'
import App from './App.svelte'

export const render = async (): Promise<string> =>
  renderApp(App, { props: { client: createClient() } }).body
