import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createAuth } from 'latchkey'
import { fromFlask } from 'latchkey/flask'
import { getAuth, guard } from 'latchkey/hono'

const revoked = new Set<unknown>()
const auth = createAuth({
  ...fromFlask({ JWT_SECRET_KEY: process.env.SECRET, JWT_TOKEN_LOCATION: ['headers', 'cookies'] }),
  isRevoked: ({ claims }) => revoked.has(claims.jti),
})
const app = new Hono()

app.get('/protected', guard(auth), (context) =>
  context.json({ logged_in_as: getAuth(context).identity }),
)
app.get('/transfer', guard(auth, { fresh: true }), (context) =>
  context.json({ transferred_by: getAuth(context).identity }),
)
app.post('/refresh', guard(auth, { refresh: true }), (context) =>
  context.json({ access_token: auth.createAccessToken(getAuth(context).identity) }),
)
app.post('/logout', guard(auth), (context) => {
  revoked.add(getAuth(context).claims.jti)
  for (const cookie of auth.unsetCookies()) context.header('Set-Cookie', cookie, { append: true })
  return context.json({ msg: 'Signed out' })
})

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) =>
  console.log(`http://localhost:${port}`),
)
