import cors from '@fastify/cors'
import { fastify, type FastifyReply, type FastifyRequest } from 'fastify'
import { test } from 'vitest'
import { getAuth, guard, routes, sendTokens } from 'latchkey/fastify'
import { httpContract } from 'latchkey/testing'
import { failLater, messageOf, PAGE_ORIGIN } from './host.ts'

const sendIdentity = async (request: FastifyRequest) => ({
  identity: getAuth(request, { optional: true }).identity,
})

httpContract({
  test,
  async start(auth, options) {
    const app = fastify({ forceCloseConnections: true })
    await app.register(cors, { origin: [PAGE_ORIGIN] })
    app.addContentTypeParser('application/octet-stream', (_request, payload, done) =>
      done(null, payload),
    )
    app.post('/tokens', async (_, reply) => sendTokens(auth, reply, await auth.signIn('ada')))
    await app.register(routes(auth, options))
    const check = guard(auth)
    app.route({ method: ['GET', 'POST'], url: '/private', onRequest: check, handler: sendIdentity })
    app.get('/fresh', { onRequest: guard(auth, { fresh: true }) }, sendIdentity)
    app.get('/optional', { onRequest: guard(auth, { optional: true }) }, sendIdentity)
    app.get('/guarded-twice', { onRequest: check, preHandler: check }, sendIdentity)
    app.post('/json', { preHandler: guard(auth, { locations: ['json'] }) }, sendIdentity)
    app.get('/unguarded', async (request) => messageOf(() => getAuth(request)))
    app.get('/throws', { onRequest: check }, failLater)
    app.post('/echo', { onRequest: check }, async (request: FastifyRequest, reply: FastifyReply) =>
      reply.send(request.body),
    )
    return { origin: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() }
  },
})
