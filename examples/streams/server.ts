import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAuth, readTicket } from 'latchkey'
import { routes } from 'latchkey/node'
import { memoryStore } from 'latchkey/stores/memory'

const auth = createAuth({ secret: process.env.SECRET, store: memoryStore() })
const handleAuth = routes(auth, {
  signIn: ({ username, password }) => (password === 'correct horse' ? String(username) : null),
})

const server = createServer(async (request, response) => {
  if (await handleAuth(request, response)) return
  const result = await auth.redeemTicket(readTicket(request.url), { audience: '/news' })
  if (!result.ok) {
    response.writeHead(result.status).end(result.code)
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.write(`data: news for ${result.identity}\n\n`)
  // Closes the stream when the session ends, whichever device or process ended it.
  const binding = auth.bindConnection(result, () => response.end())
  response.on('close', () => binding.release())
})

server.listen(Number(process.env.PORT ?? 3000), () =>
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`),
)
