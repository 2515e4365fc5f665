import { headers } from 'next/headers'
import { viewOf } from 'latchkey/fetch'
import { auth } from './auth.ts'

/** Who asks for a page, in a server component; null for nobody. */
export async function who(): Promise<string | null> {
  const request = new Request('http://localhost/', { headers: await headers() })
  const outcome = await auth.authenticate(viewOf(request))
  return outcome.ok ? outcome.identity : null
}
