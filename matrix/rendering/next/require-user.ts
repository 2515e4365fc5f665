import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { auth, wayIn } from '../shared/auth.ts'

/** For server components, server actions and route handlers: the identity of the visitor. */
export async function requireUser(path: string): Promise<string> {
  const request = new Request(new URL(path, 'http://localhost'), { headers: await headers() })
  const visitor = await auth.renewForRender(request)
  if (visitor.ok) return visitor.identity
  if (visitor.status === 503) throw new Error(visitor.message)
  redirect(wayIn(visitor, path))
}
