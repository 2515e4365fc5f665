import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { jwt } from 'hono/jwt'
import { guard } from 'latchkey/hono'
import { SECRET } from '../../jwt/tokens.ts'
import { BODY, auth } from './auth.ts'

const app = new Hono()
app.get('/bare', (context) => context.json(BODY))
app.get('/latchkey', guard(auth), (context) => context.json(BODY))
app.get('/hono-jwt', jwt({ secret: SECRET, alg: 'HS256' }), (context) => context.json(BODY))

export const start = (): Promise<number> =>
  new Promise((resolve) =>
    serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port)),
  )
