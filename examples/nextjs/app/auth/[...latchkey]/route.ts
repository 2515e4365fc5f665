import { routes } from 'latchkey/fetch'
import { isPasswordOf } from '../../../../quickstart/users.ts'
import { auth } from '../../../lib/auth.ts'

const handleAuth = routes(auth, {
  base: '/auth',
  signIn: ({ username, password }) => (isPasswordOf(username, password) ? String(username) : null),
})

async function handler(request: Request): Promise<Response> {
  return (await handleAuth(request)) ?? new Response('Not found', { status: 404 })
}

export { handler as DELETE, handler as GET, handler as POST }
