import type { H3Event } from 'h3'
import { wayIn, type Visitor } from '../../../shared/auth.ts'

declare module 'h3' {
  interface H3EventContext {
    visitor: Visitor
    wayIn: string
  }
}

/** The identity of the visitor. Undefined if somebody must sign in first: then that is sent. */
export async function requireUser(event: H3Event, back = event.path): Promise<string | undefined> {
  const { visitor } = event.context
  if (visitor.ok) return visitor.identity
  if (visitor.status === 503) throw createError({ status: 503, message: visitor.message })
  await sendRedirect(event, wayIn(visitor, back), 303)
}
