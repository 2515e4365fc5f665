/** Middleware that renews the access cookie shortly before it expires, on every route behind it. */
import { Hono, type MiddlewareHandler } from 'hono'
import { createAuth } from 'latchkey'
import { fromFlask } from 'latchkey/flask'
import { getAuth, guard } from 'latchkey/hono'

export function createApp(secret: string, now: () => number = Date.now): Hono {
  const auth = createAuth({
    ...fromFlask({
      JWT_SECRET_KEY: secret,
      JWT_TOKEN_LOCATION: ['cookies'],
      JWT_ACCESS_TOKEN_EXPIRES: { hours: 1 },
    }),
    now,
  })
  const renew: MiddlewareHandler = async (context, next) => {
    await next()
    const cookies = await auth.renewCookies(getAuth(context), context.res.headers.getSetCookie(), {
      within: 30 * 60,
    })
    for (const cookie of cookies) context.res.headers.append('Set-Cookie', cookie)
  }
  const app = new Hono()
  app.post('/login', (context) => {
    for (const cookie of auth.setAccessCookies(auth.createAccessToken('ada')))
      context.header('Set-Cookie', cookie, { append: true })
    return context.json({ login: true })
  })
  app.get('/protected', guard(auth), renew, (context) =>
    context.json({ hello: getAuth(context).identity }),
  )
  app.get('/logout', guard(auth), renew, (context) => {
    for (const cookie of auth.unsetCookies()) context.header('Set-Cookie', cookie, { append: true })
    return context.json({ logout: true })
  })
  return app
}
