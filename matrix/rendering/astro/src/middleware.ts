import type { MiddlewareHandler } from 'astro'
import { withCookies } from 'latchkey/fetch'
import { auth, handleAuth } from '../../shared/auth.ts'

export const onRequest: MiddlewareHandler = async ({ request, locals }, next) => {
  const reply = await handleAuth(request)
  if (reply !== null) return reply
  const visitor = await auth.renewForRender(request)
  locals.visitor = visitor
  return withCookies(await next(), visitor)
}
