import { error, redirect, type RequestEvent } from '@sveltejs/kit'
import { wayIn } from '../../shared/auth.ts'

export function requireUser({ locals: { visitor }, url }: RequestEvent): string {
  if (visitor.ok) return visitor.identity
  if (visitor.status === 503) error(503, visitor.message)
  redirect(303, wayIn(visitor, url.pathname + url.search))
}
