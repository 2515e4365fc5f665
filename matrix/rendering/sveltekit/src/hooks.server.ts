import type { Handle } from '@sveltejs/kit/hooks'
import { withCookies } from 'latchkey/fetch'
import { auth, handleAuth } from '../../shared/auth.ts'

export const handle: Handle = async ({ event, resolve }) => {
  const reply = await handleAuth(event.request)
  if (reply !== null) return reply
  const visitor = await auth.renewForRender(event.request)
  event.locals.visitor = visitor
  return withCookies(await resolve(event), visitor)
}
