import { serve } from '@hono/node-server'
import { handle } from './app.ts'

serve({ fetch: handle, port: Number(process.env.PORT ?? 3000) }, ({ port }) =>
  console.log(`http://localhost:${port}`),
)
