import { routes } from 'latchkey/fetch'
import { isPasswordOf } from '../../../../quickstart/users.ts'
import { auth } from '../../../lib/auth.ts'

const answerRoutes = routes(auth, {
  base: '/auth',
  signIn: ({ username, password }) => (isPasswordOf(username, password) ? String(username) : null),
})

async function answer(request: Request): Promise<Response> {
  return (await answerRoutes(request)) ?? new Response('Not found', { status: 404 })
}

export { answer as DELETE, answer as GET, answer as POST }
