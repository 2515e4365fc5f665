import { headers } from 'next/headers'
import { viewOf } from 'latchkey/fetch'
import { auth } from './auth.ts'

/**
 * Returns the identity that a server component renders for: null if nobody is signed in, undefined
 * if the access token has expired. Rendering cannot set cookies, so the browser renews the token.
 */
export async function currentIdentity(): Promise<string | null | undefined> {
  const request = new Request('http://localhost/', { headers: await headers() })
  const result = await auth.authenticate(viewOf(request))
  if (result.ok) return result.identity
  return result.code === 'token_expired' ? undefined : null
}
