import { once } from 'node:events'
import {
  createServer,
  get,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createAuth, readTicket, type SessionAuth, type Redeemed } from 'latchkey'
import { viewOf as honoView } from 'latchkey/hono'
import { viewOf } from 'latchkey/node'
import { sqliteFile, SECRET } from '../core/session/setup.ts'

/**
 * Two auth objects on one SQLite file, as in two processes: each learns of ended sessions by
 * polling.
 */
function twoProcesses(): [here: SessionAuth, there: SessionAuth] {
  const file = sqliteFile()
  const both = [
    createAuth({ secret: SECRET, store: file.connect() }),
    createAuth({ secret: SECRET, store: file.connect() }),
  ] as const
  onTestFinished(() => {
    for (const auth of both) auth.close()
    file[Symbol.dispose]()
  })
  return [...both]
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** Starts a WebSocket server that requires a ticket and echoes messages. Returns its URL. */
async function startWebSocketServer(auth: SessionAuth): Promise<string> {
  const sockets = new WebSocketServer({ noServer: true })
  const server = createServer()
  server.on('upgrade', async (request, socket, head) => {
    const authenticated = await auth.redeemTicket(readTicket(request.url), { audience: '/live' })
    if (!authenticated.ok)
      socket.end(`HTTP/1.1 ${authenticated.status} Refused\r\nConnection: close\r\n\r\n`)
    else
      sockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, authenticated))
  })
  function serve(webSocket: WebSocket, authenticated: Redeemed) {
    const binding = auth.bindConnection(authenticated, (reason) => {
      webSocket.close(4401, reason)
      webSocket.terminate()
    })
    webSocket.on('close', () => binding.release())
    webSocket.on('message', (data: Buffer) =>
      webSocket.send(`${authenticated.identity}: ${data.toString()}`),
    )
  }
  return `ws://127.0.0.1:${await listen(server)}/live`
}

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url)
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  return socket
}

const refusedStatus = async (url: string): Promise<number> => {
  const socket = new WebSocket(url)
  const [, response] = (await once(socket, 'unexpected-response').catch(() => [null, null])) as [
    unknown,
    IncomingMessage,
  ]
  return response.statusCode!
}

test('a ticket opens one WebSocket, which closes when the session is signed out', async () => {
  const [auth] = twoProcesses()
  const url = await startWebSocketServer(auth)
  const { sessionId } = await auth.signIn('ada')
  const { ticket } = auth.createTicket(sessionId, { audience: '/live' })
  const socket = await connect(`${url}?ticket=${ticket}`)
  socket.send('hello')
  expect(String((await once(socket, 'message'))[0])).toBe('ada: hello')
  for (const address of [
    `${url}?ticket=${ticket}`,
    url,
    `${url}?ticket=${auth.createTicket(sessionId).ticket}`,
  ])
    expect(await refusedStatus(address)).toBe(401)
  expect(auth.metrics().connections).toBe(1)
  const closed = once(socket, 'close')
  await auth.signOut(sessionId)
  expect((await closed).map(String)).toEqual(['4401', 'ended'])
  expect(auth.metrics().connections).toBe(0)
  expect(
    await refusedStatus(
      `${url}?ticket=${auth.createTicket(sessionId, { audience: '/live' }).ticket}`,
    ),
  ).toBe(401)
})

test('a WebSocket of one process closes when another process ends its session', async () => {
  const [here, there] = twoProcesses()
  const url = await startWebSocketServer(here)
  const { sessionId } = await there.signIn('ada')
  const socket = await connect(
    `${url}?ticket=${there.createTicket(sessionId, { audience: '/live' }).ticket}`,
  )
  const closed = once(socket, 'close')
  await there.signOut(sessionId)
  expect((await closed).map(String)).toEqual(['4401', 'ended'])
})

test('a WebSocket that the client closes is no longer counted', async () => {
  const [auth] = twoProcesses()
  const { sessionId } = await auth.signIn('ada')
  const { ticket } = auth.createTicket(sessionId, { audience: '/live' })
  const socket = await connect(`${await startWebSocketServer(auth)}?ticket=${ticket}`)
  expect(auth.metrics().connections).toBe(1)
  socket.close()
  await expect.poll(() => auth.metrics().connections).toBe(0)
})

/** Servers of each framework with an event stream that requires an access token. */
const STREAMS: Record<string, (auth: SessionAuth) => Server | Promise<Server>> = {
  node(auth) {
    const listener: RequestListener = async (request, response) => {
      const authenticated = await auth.authenticate(viewOf(request))
      if (!authenticated.ok) {
        response.writeHead(authenticated.status).end()
        return
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: hello\n\n')
      const binding = auth.bindConnection(authenticated, () =>
        response.end('event: ended\ndata: {}\n\n'),
      )
      response.on('close', () => binding.release())
    }
    return createServer(listener)
  },
  hono(auth) {
    const app = new Hono()
    app.get('/', async (context) => {
      const authenticated = await auth.authenticate(honoView(context))
      if (!authenticated.ok) return context.body(null, 401)
      return streamSSE(context, async (stream) => {
        await stream.writeSSE({ data: 'hello' })
        await new Promise<void>((resolve) => {
          const binding = auth.bindConnection(authenticated, () => resolve())
          stream.onAbort(() => {
            binding.release()
            resolve()
          })
        })
        await stream.writeSSE({ event: 'ended', data: '{}' })
      })
    })
    return createAdaptorServer(app) as Server
  },
  async fastify(auth) {
    const app = Fastify()
    app.get('/', async (request, reply) => {
      const authenticated = await auth.authenticate(viewOf(request.raw))
      reply.hijack()
      if (!authenticated.ok) {
        reply.raw.writeHead(authenticated.status).end()
        return
      }
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: hello\n\n')
      const binding = auth.bindConnection(authenticated, () =>
        reply.raw.end('event: ended\ndata: {}\n\n'),
      )
      reply.raw.on('close', () => binding.release())
    })
    await app.ready()
    return app.server
  },
}

async function openStream(port: number, token: string) {
  const clientRequest = get({ port, path: '/', headers: { authorization: `Bearer ${token}` } })
  const [incoming] = (await once(clientRequest, 'response')) as [IncomingMessage]
  incoming.setEncoding('utf8')
  const stream = {
    text: '',
    status: incoming.statusCode,
    ended: once(incoming, 'end'),
    close: () => clientRequest.destroy(),
  }
  incoming.on('data', (text: string) => (stream.text += text)).on('error', () => {})
  stream.ended.catch(() => {})
  return stream
}

test.each(Object.keys(STREAMS))(
  'event stream of %s: closes when another process ends the session or the reader disconnects',
  async (name) => {
    const [here, there] = twoProcesses()
    const port = await listen(await STREAMS[name]!(here))
    const { sessionId, accessToken } = await there.signIn('ada')
    const [first, second] = [
      await openStream(port, accessToken),
      await openStream(port, accessToken),
    ]
    await expect
      .poll(() => [first.text, here.metrics().connections])
      .toEqual(['data: hello\n\n', 2])
    second.close()
    await expect.poll(() => here.metrics().connections).toBe(1)
    await there.signOut(sessionId)
    await first.ended
    expect(first.text).toBe('data: hello\n\nevent: ended\ndata: {}\n\n')
    expect(here.metrics().connections).toBe(0)
    expect((await openStream(port, accessToken)).status).toBe(401)
  },
)
