import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'vitest'
import { getAuth, guard, routes, sendTokens } from 'latchkey/node'
import { httpContract } from 'latchkey/testing'

httpContract({
  test,
  async start(auth, signIn) {
    const guards = { '/private': guard(auth), '/fresh': guard(auth, { fresh: true }), '/optional': guard(auth, { optional: true }) }
    const answerRoutes = routes(auth, { signIn })
    const server = createServer(async (request, response) => {
      const { pathname } = new URL(request.url!, 'http://host')
      if (pathname === '/enter') return sendTokens(auth, response, await auth.signIn('ada'))
      const check = guards[pathname as keyof typeof guards]
      if (check !== undefined) {
        if (!(await check(request, response))) return
        response.setHeader('Content-Type', 'application/json')
        response.end(JSON.stringify({ identity: getAuth(request, { optional: true }).identity }))
      } else if (!(await answerRoutes(request, response))) {
        response.writeHead(404).end()
      }
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
  },
})
