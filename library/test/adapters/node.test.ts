import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'vitest'
import { getAuth, guard, routes, sendTokens } from 'latchkey/node'
import { httpContract } from 'latchkey/testing'
import type { Mode } from 'latchkey'

httpContract({
  test,
  async start(auth) {
    const guards = { '/private': guard(auth), '/fresh': guard(auth, { fresh: true }), '/optional': guard(auth, { optional: true }) }
    const answerRoutes = routes(auth)
    const server = createServer(async (request, response) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://host')
      if (pathname === '/login') return sendTokens(auth, response, await auth.signIn('ada'), (searchParams.get('mode') ?? undefined) as Mode | undefined)
      const check = guards[pathname as keyof typeof guards]
      if (check !== undefined) {
        if (!(await check(request, response))) return
        response.setHeader('Content-Type', 'application/json')
        response.end(JSON.stringify({ identity: getAuth(request).identity }))
      } else if (!(await answerRoutes(request, response))) {
        response.writeHead(404).end()
      }
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
  },
})
