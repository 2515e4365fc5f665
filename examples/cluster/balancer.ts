/**
 * A small round-robin load balancer without sticky sessions:
 * `node balancer.ts http://127.0.0.1:3001 http://127.0.0.1:3002`.
 */
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How long a process that failed gets no requests, in milliseconds. */
const PAUSE = 1000

const processes = process.argv.slice(2).map((origin) => ({ origin, pausedUntil: 0 }))
let next = 0

function pickProcess() {
  const candidates = processes.map((_, index) => processes[(next + index) % processes.length]!)
  next++
  return candidates.find(({ pausedUntil }) => pausedUntil < Date.now()) ?? candidates[0]!
}

function forward(incoming: IncomingMessage, response: ServerResponse): void {
  if (incoming.url === '/metrics') return void response.writeHead(404).end()
  const chosen = pickProcess()
  const { method, headers } = incoming
  const outgoing = send(chosen.origin + incoming.url!, {
    method,
    headers: { ...headers, 'x-forwarded-for': incoming.socket.remoteAddress },
  })
  outgoing.on('response', (upstream) => {
    response.writeHead(upstream.statusCode!, upstream.rawHeaders)
    upstream.pipe(response)
    upstream.on('error', () => response.destroy())
  })
  outgoing.on('error', () => {
    chosen.pausedUntil = Date.now() + PAUSE
    // Whether the process handled the request is unknown. The client repeats it, and the balancer
    // sends it to another process.
    if (response.headersSent) response.destroy()
    else
      response
        .writeHead(503, { 'Retry-After': '1', 'Content-Type': 'application/json' })
        .end('{"error":"temporarily_unavailable","message":"Send the same request again."}')
  })
  response.on('close', () => outgoing.destroy())
  incoming.pipe(outgoing)
}

const server = createServer(forward)
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  console.log(`Balancer: http://127.0.0.1:${(server.address() as AddressInfo).port}`),
)
