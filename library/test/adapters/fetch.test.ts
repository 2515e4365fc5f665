import { getRequestListener } from '@hono/node-server'
import { createServer } from 'node:http'
import { test } from 'vitest'
import { getAuth, guard, routes, sendTokens } from 'latchkey/fetch'
import { httpContract } from 'latchkey/testing'
import { fail, host, messageOf, PAGE_ORIGIN } from './host.ts'

const who = (request: Request): Response =>
  Response.json({ identity: getAuth(request, { optional: true }).identity })

httpContract({
  test,
  async start(auth, options) {
    const answerRoutes = routes(auth, options)
    const handlers: Record<string, (request: Request) => Response | Promise<Response>> = {
      '/enter': async () => sendTokens(auth, await auth.signIn('ada')),
      '/private': guard(auth, who),
      '/fresh': guard(auth, who, { fresh: true }),
      '/optional': guard(auth, who, { optional: true }),
      '/twice': guard(auth, guard(auth, who)),
      '/json': guard(auth, who, { locations: ['json'] }),
      '/unguarded': (request) => Response.json(messageOf(() => getAuth(request))),
      '/broken': guard(auth, fail),
      '/echo': guard(auth, (request) => new Response(request.body)),
    }
    const handle = async (request: Request): Promise<Response> => {
      const { pathname } = new URL(request.url)
      const handler = Object.hasOwn(handlers, pathname) ? handlers[pathname] : undefined
      return handler
        ? handler(request)
        : ((await answerRoutes(request)) ?? new Response(null, { status: 404 }))
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
