import { headers } from 'next/headers'
import { viewOf } from 'latchkey/fetch'
import { auth } from './auth.ts'

/**
 * Who asks for a page, in a server component: null for nobody, undefined where the token has expired. Rendering can set no cookie, so
 * nothing is renewed here: that is left to the browser.
 */
export async function who(): Promise<string | null | undefined> {
  const request = new Request('http://localhost/', { headers: await headers() })
  const outcome = await auth.authenticate(viewOf(request))
  if (outcome.ok) return outcome.identity
  return outcome.code === 'token_expired' ? undefined : null
}
