import cors from '@fastify/cors'
import { fastify, type FastifyReply, type FastifyRequest } from 'fastify'
import { test } from 'vitest'
import { getAuth, guard, routes, sendTokens, signIn } from 'latchkey/fastify'
import { httpContract } from 'latchkey/testing'
import { failLater, messageOf, PAGE_ORIGIN } from './host.ts'

const sendIdentity = async (request: FastifyRequest) => ({
  identity: getAuth(request, { optional: true }).identity,
})

const sendNote = async (request: FastifyRequest) => ({
  identity: getAuth(request).identity,
  note: (request.body as { note?: string } | undefined)?.note,
})

httpContract({
  test,
  async start(auth, options) {
    const app = fastify({ forceCloseConnections: true })
    await app.register(cors, { origin: [PAGE_ORIGIN] })
    for (const type of ['application/octet-stream', 'multipart/form-data'])
      app.addContentTypeParser(type, (_request, payload, done) => done(null, payload))
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    )
    app.post('/tokens', async (_, reply) => sendTokens(auth, reply, await auth.signIn('ada')))
    app.post('/sign-in', async (request, reply) => signIn(auth, request, reply, 'ada'))
    await app.register(routes(auth, options))
    const check = guard(auth)
    app.route({ method: ['GET', 'POST'], url: '/private', onRequest: check, handler: sendIdentity })
    app.get('/fresh', { onRequest: guard(auth, { fresh: true }) }, sendIdentity)
    app.get('/recent', { onRequest: guard(auth, { maxAge: 300 }) }, sendIdentity)
    app.get('/optional', { onRequest: guard(auth, { optional: true }) }, sendIdentity)
    app.get('/guarded-twice', { onRequest: check, preHandler: check }, sendIdentity)
    app.route({
      method: ['GET', 'POST'],
      url: '/json',
      onRequest: guard(auth, { locations: ['json'] }),
      handler: sendNote,
    })
    app.get('/unguarded', async (request) => messageOf(() => getAuth(request)))
    app.get('/throws', { onRequest: check }, failLater)
    app.post('/echo', { onRequest: check }, async (request: FastifyRequest, reply: FastifyReply) =>
      reply.send(request.body),
    )
    return { origin: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() }
  },
})
