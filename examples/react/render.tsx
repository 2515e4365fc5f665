import { createClient } from 'latchkey/client'
import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import { App } from './app.tsx'

export const render = async (): Promise<string> =>
  renderToString(
    <StrictMode>
      <App client={createClient()} />
    </StrictMode>,
  )
