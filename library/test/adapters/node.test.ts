import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { test } from 'vitest'
import { getAuth, guard, routes, sendTokens, signIn } from 'latchkey/node'
import { httpContract } from 'latchkey/testing'
import { failLater, host, messageOf, PAGE_ORIGIN } from './host.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

const json = (response: ServerResponse, body: unknown): void =>
  void response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body))
const sendIdentity: Handler = (request, response) =>
  json(response, { identity: getAuth(request, { optional: true }).identity })

const sendNote: Handler = async (request, response) => {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk as string
  const isJson = request.headers['content-type'] === 'application/json'
  const { note } = isJson ? (JSON.parse(text) as { note?: string }) : {}
  json(response, { identity: getAuth(request).identity, note })
}

httpContract({
  test,
  async start(auth, options) {
    const [check, handleRoutes] = [guard(auth), routes(auth, options)]
    const guarded =
      (checks: Array<typeof check>, handler: Handler): Handler =>
      async (request, response) => {
        for (const passes of checks) if (!(await passes(request, response))) return
        await handler(request, response)
      }
    const handlers: Record<string, Handler> = {
      '/tokens': async (_, response) => sendTokens(auth, response, await auth.signIn('ada')),
      '/sign-in': (request, response) => signIn(auth, request, response, 'ada'),
      '/private': guarded([check], sendIdentity),
      '/fresh': guarded([guard(auth, { fresh: true })], sendIdentity),
      '/recent': guarded([guard(auth, { maxAge: 300 })], sendIdentity),
      '/optional': guarded([guard(auth, { optional: true })], sendIdentity),
      '/guarded-twice': guarded([check, check], sendIdentity),
      '/json': guarded([guard(auth, { locations: ['json'] })], sendNote),
      '/unguarded': (request, response) =>
        json(
          response,
          messageOf(() => getAuth(request)),
        ),
      '/throws': guarded([check], failLater),
      '/echo': guarded([check], (request, response) => request.pipe(response)),
    }
    const server = createServer(async (request, response) => {
      try {
        if (allowOrigin(request, response)) return
        const path = request.url!.replace(/^http:\/\/[^/]+/, '').split('?')[0]!
        if (Object.hasOwn(handlers, path)) await handlers[path]!(request, response)
        else if (!(await handleRoutes(request, response))) response.writeHead(404).end()
      } catch {
        response.writeHead(500).end()
      }
    })
    return host(server)
  },
})

/** A CORS middleware. Returns true if it has responded to a preflight. */
function allowOrigin({ method, headers }: IncomingMessage, response: ServerResponse): boolean {
  if (headers.origin !== PAGE_ORIGIN) return false
  response.setHeader('Access-Control-Allow-Origin', PAGE_ORIGIN).setHeader('Vary', 'Origin')
  const preflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
  if (preflight) response.writeHead(204, { 'Access-Control-Allow-Headers': 'Authorization' }).end()
  return preflight
}
