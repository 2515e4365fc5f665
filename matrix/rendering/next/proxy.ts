import { NextResponse, type NextRequest } from 'next/server'
import { sendRefusal, withCookies } from 'latchkey/fetch'
import { auth } from '../shared/auth.ts'

export async function proxy(request: NextRequest): Promise<Response> {
  const visitor = await auth.renewForRender(request)
  // Of another site: only here the method and the origin of the request are known.
  if (!visitor.ok && visitor.status === 403) return sendRefusal(visitor)
  const headers = new Headers(request.headers)
  // The page authenticates the request again, with the new access token.
  headers.set('cookie', visitor.cookieHeader)
  return withCookies(NextResponse.next({ request: { headers } }), visitor)
}

// The sign-in routes renew by themselves.
export const config = { matcher: '/((?!auth/|_next/).*)' }
