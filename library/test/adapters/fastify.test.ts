import cors from '@fastify/cors'
import { fastify, type FastifyReply, type FastifyRequest } from 'fastify'
import { test } from 'vitest'
import { getAuth, guard, routes, sendTokens } from 'latchkey/fastify'
import { httpContract } from 'latchkey/testing'
import { fail, messageOf, PAGE_ORIGIN } from './host.ts'

const who = async (request: FastifyRequest) => ({
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
    app.post('/enter', async (_, reply) => sendTokens(auth, reply, await auth.signIn('ada')))
    await app.register(routes(auth, options))
    const check = guard(auth)
    app.route({ method: ['GET', 'POST'], url: '/private', onRequest: check, handler: who })
    app.get('/fresh', { onRequest: guard(auth, { fresh: true }) }, who)
    app.get('/optional', { onRequest: guard(auth, { optional: true }) }, who)
    app.get('/twice', { onRequest: check, preHandler: check }, who)
    app.post('/json', { preHandler: guard(auth, { locations: ['json'] }) }, who)
    app.get('/unguarded', async (request) => messageOf(() => getAuth(request)))
    app.get('/broken', { onRequest: check }, fail)
    app.post('/echo', { onRequest: check }, async (request: FastifyRequest, reply: FastifyReply) =>
      reply.send(request.body),
    )
    return { origin: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() }
  },
})
