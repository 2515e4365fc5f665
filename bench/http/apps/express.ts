import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import { expressjwt } from 'express-jwt'
import { guard } from 'latchkey/express'
import { SECRET, SECRET_KEY } from '../../jwt/tokens.ts'
import { BODY, auth } from './auth.ts'

/** Continues in `setImmediate`, as express-jwt and Latchkey's guard do after their check. */
const deferred: RequestHandler = (_request, _response, next) => void setImmediate(next)
const handler: RequestHandler = (_request, response) => void response.json(BODY)

const app = express()
app.get('/bare', handler)
app.get('/bare-later', deferred, handler)
app.get('/latchkey', guard(auth), handler)
app.get(
  '/express-jwt-key-object',
  expressjwt({ secret: SECRET_KEY, algorithms: ['HS256'] }),
  handler,
)
app.get('/express-jwt-string', expressjwt({ secret: SECRET, algorithms: ['HS256'] }), handler)

export async function start(): Promise<number> {
  const server = createServer(app)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
