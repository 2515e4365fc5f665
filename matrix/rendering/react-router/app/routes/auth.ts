import type { LoaderFunctionArgs } from 'react-router'
import { handleAuth } from '../../../shared/auth.ts'

async function handler({ request }: LoaderFunctionArgs): Promise<Response> {
  return (await handleAuth(request)) ?? new Response('Not found', { status: 404 })
}

export { handler as action, handler as loader }
