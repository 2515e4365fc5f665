import { createContext, data, redirect } from 'react-router'
import type { LoaderFunctionArgs, MiddlewareFunction } from 'react-router'
import { withCookies } from 'latchkey/fetch'
import { auth, wayIn, type Visitor } from '../../shared/auth.ts'

const visitorContext = createContext<Visitor>()

export const renewal: MiddlewareFunction<Response> = async ({ request, context }, next) => {
  const visitor = await auth.renewForRender(request)
  context.set(visitorContext, visitor)
  return withCookies(await next(), visitor)
}

/** For loaders and actions: the identity of the visitor. */
export function requireUser({ context, request }: Pick<LoaderFunctionArgs, 'context' | 'request'>) {
  const visitor = context.get(visitorContext)
  if (visitor.ok) return visitor.identity
  if (visitor.status === 503) throw data(visitor.message, 503)
  const { pathname, search } = new URL(request.url)
  throw redirect(wayIn(visitor, pathname + search))
}
