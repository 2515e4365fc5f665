import { getRequestListener } from '@hono/node-server'
import { createServer } from 'node:http'
import { test } from 'vitest'
import { getAuth, guard, routes, sendTokens, signIn } from 'latchkey/fetch'
import { httpContract } from 'latchkey/testing'
import { failLater, host, messageOf, PAGE_ORIGIN } from './host.ts'

const sendIdentity = (request: Request): Response =>
  Response.json({ identity: getAuth(request, { optional: true }).identity })

async function sendNote(request: Request): Promise<Response> {
  const isJson = request.headers.get('content-type') === 'application/json'
  const { note } = isJson ? ((await request.json()) as { note?: string }) : {}
  return Response.json({ identity: getAuth(request).identity, note })
}

httpContract({
  test,
  async start(auth, options) {
    const handleRoutes = routes(auth, options)
    const handlers: Record<string, (request: Request) => Response | Promise<Response>> = {
      '/tokens': async () => sendTokens(auth, await auth.signIn('ada')),
      '/sign-in': (request) => signIn(auth, request, 'ada'),
      '/private': guard(auth, sendIdentity),
      '/fresh': guard(auth, sendIdentity, { fresh: true }),
      '/recent': guard(auth, sendIdentity, { maxAge: 300 }),
      '/optional': guard(auth, sendIdentity, { optional: true }),
      '/guarded-twice': guard(auth, guard(auth, sendIdentity)),
      '/json': guard(auth, sendNote, { locations: ['json'] }),
      '/unguarded': (request) => Response.json(messageOf(() => getAuth(request))),
      '/throws': guard(auth, failLater),
      '/echo': guard(auth, (request) => new Response(request.body)),
    }
    const handle = async (request: Request): Promise<Response> => {
      const { pathname } = new URL(request.url)
      const handler = Object.hasOwn(handlers, pathname) ? handlers[pathname] : undefined
      return handler
        ? handler(request)
        : ((await handleRoutes(request)) ?? new Response(null, { status: 404 }))
    }
    const listener = getRequestListener(withCors(handle), {
      errorHandler: () => new Response(null, { status: 500 }),
    })
    return host(createServer((request, response) => void listener(request, response)))
  },
})

function withCors(
  handle: (request: Request) => Promise<Response>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.headers.get('origin') !== PAGE_ORIGIN) return handle(request)
    const preflight =
      request.method === 'OPTIONS' && request.headers.has('access-control-request-method')
    const response = preflight ? new Response(null, { status: 204 }) : await handle(request)
    response.headers.set('Access-Control-Allow-Origin', PAGE_ORIGIN)
    response.headers.append('Vary', 'Origin')
    return response
  }
}
