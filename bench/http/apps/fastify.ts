import jwt from '@fastify/jwt'
import Fastify from 'fastify'
import { guard } from 'latchkey/fastify'
import { SECRET } from '../../jwt/tokens.ts'
import { BODY, auth } from './auth.ts'

export async function start(): Promise<number> {
  const app = Fastify()
  await app.register(jwt, { secret: SECRET })
  app.get('/bare', (_request, reply) => reply.send(BODY))
  app.get('/latchkey', { onRequest: guard(auth) }, (_request, reply) => reply.send(BODY))
  app.get('/fastify-jwt', { onRequest: (request) => request.jwtVerify() }, (_request, reply) =>
    reply.send(BODY),
  )
  return Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
}
