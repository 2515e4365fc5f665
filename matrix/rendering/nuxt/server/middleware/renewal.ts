import { auth, wayIn } from '../../../shared/auth.ts'

export default defineEventHandler(async (event) => {
  // The sign-in routes renew by themselves.
  if (event.path.startsWith('/auth/')) return
  const visitor = await auth.renewForRender(event.node.req)
  event.context.visitor = visitor
  event.context.wayIn = visitor.ok ? '' : wayIn(visitor, event.path)
  // For what the page fetches from this server while it is rendered.
  event.node.req.headers.cookie = visitor.cookieHeader
  if (visitor.cookies.length > 0) setResponseHeader(event, 'Cache-Control', 'private, no-store')
  for (const cookie of visitor.cookies) appendResponseHeader(event, 'Set-Cookie', cookie)
})
