import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { expressjwt } from 'express-jwt'
import { guard } from 'latchkey/express'
import { SECRET, SECRET_KEY } from '../../jwt/auths.ts'
import { ANSWER, auth } from './auth.ts'

const app = express()
app.get('/bare', (_request, response) => void response.json(ANSWER))
app.get('/latchkey', guard(auth), (_request, response) => void response.json(ANSWER))
app.get('/express-jwt-key-object', expressjwt({ secret: SECRET_KEY, algorithms: ['HS256'] }), (_request, response) => void response.json(ANSWER))
app.get('/express-jwt-string', expressjwt({ secret: SECRET, algorithms: ['HS256'] }), (_request, response) => void response.json(ANSWER))

export async function start(): Promise<number> {
  const server = createServer(app)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
