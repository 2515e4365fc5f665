import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { test } from 'vitest'
import { getAuth, guard, routes, sendTokens } from 'latchkey/hono'
import { httpContract } from 'latchkey/testing'
import type { Mode } from 'latchkey'

httpContract({
  test,
  async start(auth) {
    const app = new Hono()
    app.post('/login', async (c) => sendTokens(auth, await auth.signIn('ada'), c.req.query('mode') as Mode | undefined))
    app.use(routes(auth))
    app.on(['GET', 'POST'], '/private', guard(auth), (c) => c.json({ identity: getAuth(c).identity }))
    app.get('/fresh', guard(auth, { fresh: true }), (c) => c.json({ identity: getAuth(c).identity }))
    app.get('/optional', guard(auth, { optional: true }), (c) => c.json({ identity: getAuth(c).identity }))
    const server = createAdaptorServer(app)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
  },
})
