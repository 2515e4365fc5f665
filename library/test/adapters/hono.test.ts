import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { test } from 'vitest'
import { getAuth, guard, routes, sendTokens } from 'latchkey/hono'
import { httpContract } from 'latchkey/testing'

httpContract({
  test,
  async start(auth, signIn) {
    const app = new Hono()
    app.post('/enter', async () => sendTokens(auth, await auth.signIn('ada')))
    app.use(routes(auth, { signIn }))
    app.on(['GET', 'POST'], '/private', guard(auth), (c) => c.json({ identity: getAuth(c).identity }))
    app.get('/fresh', guard(auth, { fresh: true }), (c) => c.json({ identity: getAuth(c).identity }))
    app.get('/optional', guard(auth, { optional: true }), (c) => c.json({ identity: getAuth(c, { optional: true }).identity }))
    const server = createAdaptorServer(app)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
  },
})
