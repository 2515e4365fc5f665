/** A load balancer in forty lines: each request goes to the next process, whoever sent it. `node balancer.ts http://127.0.0.1:3001 …` */
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Milliseconds for which a process that does not answer gets no requests. */
const REST = 1000

const processes = process.argv.slice(2).map((origin) => ({ origin, restsUntil: 0 }))
let turn = 0

function pickOne() {
  const inTurn = processes.map((_, index) => processes[(turn + index) % processes.length]!)
  turn++
  return inTurn.find(({ restsUntil }) => restsUntil < Date.now()) ?? inTurn[0]!
}

function passOn(incoming: IncomingMessage, response: ServerResponse): void {
  if (incoming.url === '/metrics') return void response.writeHead(404).end()
  const chosen = pickOne()
  const { method, headers } = incoming
  const outgoing = send(chosen.origin + incoming.url!, {
    method,
    headers: { ...headers, 'x-forwarded-for': incoming.socket.remoteAddress },
  })
  outgoing.on('response', (answer) => {
    response.writeHead(answer.statusCode!, answer.rawHeaders)
    answer.pipe(response)
    answer.on('error', () => response.destroy())
  })
  outgoing.on('error', () => {
    chosen.restsUntil = Date.now() + REST
    // Nothing is known of what the process did: the client asks again, and another one answers.
    if (response.headersSent) response.destroy()
    else
      response
        .writeHead(503, { 'Retry-After': '1', 'Content-Type': 'application/json' })
        .end('{"error":"temporarily_unavailable","message":"Send the same request again."}')
  })
  response.on('close', () => outgoing.destroy())
  incoming.pipe(outgoing)
}

const server = createServer(passOn)
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  console.log(`Balancer: http://127.0.0.1:${(server.address() as AddressInfo).port}`),
)
