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

/** Two processes on one store, as far as the library can tell: each hears of the other's ends by asking alone. */
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

/** A WebSocket server that lets in whoever shows a ticket, and echoes. */
async function webSocketServer(auth: SessionAuth): Promise<string> {
  const sockets = new WebSocketServer({ noServer: true })
  const server = createServer()
  server.on('upgrade', async (request, socket, head) => {
    const who = await auth.redeemTicket(readTicket(request.url), { audience: '/live' })
    if (!who.ok) socket.end(`HTTP/1.1 ${who.status} Refused\r\nConnection: close\r\n\r\n`)
    else sockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, who))
  })
  function serve(webSocket: WebSocket, who: Redeemed) {
    const binding = auth.bindConnection(who, (reason) => {
      webSocket.close(4401, reason)
      webSocket.terminate()
    })
    webSocket.on('close', () => binding.release())
    webSocket.on('message', (data: Buffer) => webSocket.send(`${who.identity}: ${data.toString()}`))
  }
  return `ws://127.0.0.1:${await listen(server)}/live`
}

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url)
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  return socket
}

const refusal = async (url: string): Promise<number> => {
  const socket = new WebSocket(url)
  const [, response] = (await once(socket, 'unexpected-response').catch(() => [null, null])) as [
    unknown,
    IncomingMessage,
  ]
  return response.statusCode!
}

test('a WebSocket opens with a ticket, once, and closes at the moment of the sign-out', async () => {
  const [auth] = twoProcesses()
  const url = await webSocketServer(auth)
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
    expect(await refusal(address)).toBe(401)
  expect(auth.metrics().connections).toBe(1)
  const closed = once(socket, 'close')
  await auth.signOut(sessionId)
  expect((await closed).map(String)).toEqual(['4401', 'ended'])
  expect(auth.metrics().connections).toBe(0)
  expect(
    await refusal(`${url}?ticket=${auth.createTicket(sessionId, { audience: '/live' }).ticket}`),
  ).toBe(401)
})

test('a WebSocket of one process closes when another process ends its session', async () => {
  const [here, there] = twoProcesses()
  const url = await webSocketServer(here)
  const { sessionId } = await there.signIn('ada')
  const socket = await connect(
    `${url}?ticket=${there.createTicket(sessionId, { audience: '/live' }).ticket}`,
  )
  const closed = once(socket, 'close')
  await there.signOut(sessionId)
  expect((await closed).map(String)).toEqual(['4401', 'ended'])
})

test('a WebSocket that its client closes is forgotten', async () => {
  const [auth] = twoProcesses()
  const { sessionId } = await auth.signIn('ada')
  const socket = await connect(
    `${await webSocketServer(auth)}?ticket=${auth.createTicket(sessionId, { audience: '/live' }).ticket}`,
  )
  expect(auth.metrics().connections).toBe(1)
  socket.close()
  await expect.poll(() => auth.metrics().connections).toBe(0)
})

/** Event streams, each in its framework: all of them answer whoever has an access token, and are closed by a function. */
const STREAMS: Record<string, (auth: SessionAuth) => Server | Promise<Server>> = {
  node(auth) {
    const answer: RequestListener = async (request, response) => {
      const who = await auth.authenticate(viewOf(request))
      if (!who.ok) {
        response.writeHead(who.status).end()
        return
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: hello\n\n')
      const binding = auth.bindConnection(who, () => response.end('event: ended\ndata: {}\n\n'))
      response.on('close', () => binding.release())
    }
    return createServer(answer)
  },
  hono(auth) {
    const app = new Hono()
    app.get('/', async (context) => {
      const who = await auth.authenticate(honoView(context))
      if (!who.ok) return context.body(null, 401)
      return streamSSE(context, async (stream) => {
        await stream.writeSSE({ data: 'hello' })
        await new Promise<void>((resolve) => {
          const binding = auth.bindConnection(who, () => resolve())
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
      const who = await auth.authenticate(viewOf(request.raw))
      reply.hijack()
      if (!who.ok) {
        reply.raw.writeHead(who.status).end()
        return
      }
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: hello\n\n')
      const binding = auth.bindConnection(who, () => reply.raw.end('event: ended\ndata: {}\n\n'))
      reply.raw.on('close', () => binding.release())
    })
    await app.ready()
    return app.server
  },
}

async function stream(port: number, token: string) {
  const asked = get({ port, path: '/', headers: { authorization: `Bearer ${token}` } })
  const [incoming] = (await once(asked, 'response')) as [IncomingMessage]
  incoming.setEncoding('utf8')
  const read = {
    text: '',
    status: incoming.statusCode,
    ended: once(incoming, 'end'),
    close: () => asked.destroy(),
  }
  incoming.on('data', (text: string) => (read.text += text)).on('error', () => {})
  read.ended.catch(() => {})
  return read
}

test.each(Object.keys(STREAMS))(
  'an event stream of %s closes when another process ends its session, and is forgotten when its reader goes',
  async (name) => {
    const [here, there] = twoProcesses()
    const port = await listen(await STREAMS[name]!(here))
    const { sessionId, accessToken } = await there.signIn('ada')
    const [one, two] = [await stream(port, accessToken), await stream(port, accessToken)]
    await expect.poll(() => [one.text, here.metrics().connections]).toEqual(['data: hello\n\n', 2])
    two.close()
    await expect.poll(() => here.metrics().connections).toBe(1)
    await there.signOut(sessionId)
    await one.ended
    expect(one.text).toBe('data: hello\n\nevent: ended\ndata: {}\n\n')
    expect(here.metrics().connections).toBe(0)
    expect((await stream(port, accessToken)).status).toBe(401)
  },
)
