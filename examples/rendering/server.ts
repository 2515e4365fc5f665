import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createAuth } from 'latchkey'
import { routes } from 'latchkey/hono'
import { memoryStore } from 'latchkey/stores/memory'
import { isPasswordOf } from '../quickstart/users.ts'

const auth = createAuth({ secret: process.env.SECRET, store: memoryStore() })
const app = new Hono()
app.use(
  routes(auth, {
    signIn: ({ username, password }) =>
      isPasswordOf(username, password) ? String(username) : null,
  }),
)

app.get('/orders', async (context) => {
  const visitor = await auth.renewForRender(context)
  for (const cookie of visitor.cookies) context.header('Set-Cookie', cookie, { append: true })
  context.header('Cache-Control', 'private, no-store')
  if (visitor.ok) return context.html(`<h1>Orders of ${visitor.identity}</h1>`)
  // Only the client in the browser can renew: a page that does so, and then loads this one again.
  if (visitor.code === 'token_expired')
    return context.html('<script type="module" src="/renew.js"></script>')
  if (visitor.status === 503) return context.text('Try again', 503, { 'Retry-After': '1' })
  return context.redirect('/sign-in')
})

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) =>
  console.log(`http://localhost:${port}`),
)
