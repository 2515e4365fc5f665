import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa, { type Middleware } from 'koa'
import jwt from 'koa-jwt'
import { guard } from 'latchkey/koa'
import { SECRET } from '../../jwt/tokens.ts'
import { BODY, auth } from './auth.ts'

const GUARDS: Record<string, Middleware> = {
  '/bare': (_context, next) => next(),
  '/latchkey': guard(auth),
  '/koa-jwt': jwt({ secret: SECRET }),
}

const app = new Koa()
app.use((context, next) => GUARDS[context.path]!(context, next))
app.use((context) => {
  context.body = BODY
})

export async function start(): Promise<number> {
  const server = createServer(app.callback())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
