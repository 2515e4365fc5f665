import { createAdaptorServer } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { cors } from 'hono/cors'
import { test } from 'vitest'
import { getAuth, guard, routes, sendTokens, signIn } from 'latchkey/hono'
import { httpContract } from 'latchkey/testing'
import { failLater, host, messageOf, PAGE_ORIGIN } from './host.ts'

const sendIdentity = (context: Context) =>
  context.json({ identity: getAuth(context, { optional: true }).identity })

const sendNote = async (context: Context) => {
  const isJson = context.req.header('content-type') === 'application/json'
  const { note } = isJson ? await context.req.json<{ note?: string }>() : {}
  return context.json({ identity: getAuth(context).identity, note })
}

httpContract({
  test,
  async start(auth, options) {
    const app = new Hono()
    app.onError((_, context) => context.text('failed', 500))
    app.use(cors({ origin: PAGE_ORIGIN }))
    app.post('/tokens', async () => sendTokens(auth, await auth.signIn('ada')))
    app.post('/sign-in', async (context) => signIn(auth, context, 'ada'))
    app.use(routes(auth, options))
    app.on(['GET', 'POST'], '/private', guard(auth), sendIdentity)
    app.get('/fresh', guard(auth, { fresh: true }), sendIdentity)
    app.get('/recent', guard(auth, { maxAge: 300 }), sendIdentity)
    app.get('/optional', guard(auth, { optional: true }), sendIdentity)
    app.get('/guarded-twice', guard(auth), guard(auth), sendIdentity)
    app.on(['GET', 'POST'], '/json', guard(auth, { locations: ['json'] }), sendNote)
    app.get('/unguarded', (context) => context.json(messageOf(() => getAuth(context))))
    app.get('/throws', guard(auth), failLater)
    app.post('/echo', guard(auth), (context) => new Response(context.req.raw.body))
    return host(createAdaptorServer(app))
  },
})
