import type { APIContext } from 'astro'
import { sendRefusal } from 'latchkey/fetch'
import { wayIn } from '../../shared/auth.ts'

type Page = Pick<APIContext, 'locals' | 'url' | 'redirect'>

/** The identity of the visitor, or the response for somebody who must sign in first. */
export function requireUser({ locals: { visitor }, url, redirect }: Page): string | Response {
  if (visitor.ok) return visitor.identity
  if (visitor.status === 503) return sendRefusal(visitor)
  return redirect(wayIn(visitor, url.pathname + url.search), 303)
}
