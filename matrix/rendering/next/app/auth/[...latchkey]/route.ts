import { handleAuth } from '../../../../shared/auth.ts'

async function handler(request: Request): Promise<Response> {
  return (await handleAuth(request)) ?? new Response('Not found', { status: 404 })
}

export { handler as DELETE, handler as GET, handler as POST }
