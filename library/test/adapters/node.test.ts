import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { test } from 'vitest'
import { getAuth, guard, routes, sendTokens } from 'latchkey/node'
import { httpContract } from 'latchkey/testing'
import { fail, host, messageOf, PAGE_ORIGIN } from './host.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

const json = (response: ServerResponse, body: unknown): void =>
  void response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body))
const who: Handler = (request, response) =>
  json(response, { identity: getAuth(request, { optional: true }).identity })

httpContract({
  test,
  async start(auth, options) {
    const [check, answerRoutes] = [guard(auth), routes(auth, options)]
    const behind =
      (checks: Array<typeof check>, handler: Handler): Handler =>
      async (request, response) => {
        for (const each of checks) if (!(await each(request, response))) return
        await handler(request, response)
      }
    const handlers: Record<string, Handler> = {
      '/enter': async (_, response) => sendTokens(auth, response, await auth.signIn('ada')),
      '/private': behind([check], who),
      '/fresh': behind([guard(auth, { fresh: true })], who),
      '/optional': behind([guard(auth, { optional: true })], who),
      '/twice': behind([check, check], who),
      '/json': behind([guard(auth, { locations: ['json'] })], who),
      '/unguarded': (request, response) =>
        json(
          response,
          messageOf(() => getAuth(request)),
        ),
      '/broken': behind([check], fail),
      '/echo': behind([check], (request, response) => request.pipe(response)),
    }
    const server = createServer(async (request, response) => {
      try {
        if (allowOrigin(request, response)) return
        const path = request.url!.replace(/^http:\/\/[^/]+/, '').split('?')[0]!
        if (Object.hasOwn(handlers, path)) await handlers[path]!(request, response)
        else if (!(await answerRoutes(request, response))) response.writeHead(404).end()
      } catch {
        response.writeHead(500).end()
      }
    })
    return host(server)
  },
})

/** CORS; true where it was a preflight, which is answered then. */
function allowOrigin({ method, headers }: IncomingMessage, response: ServerResponse): boolean {
  if (headers.origin !== PAGE_ORIGIN) return false
  response.setHeader('Access-Control-Allow-Origin', PAGE_ORIGIN).setHeader('Vary', 'Origin')
  const preflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
  if (preflight) response.writeHead(204, { 'Access-Control-Allow-Headers': 'Authorization' }).end()
  return preflight
}
