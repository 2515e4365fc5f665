import { getAuth, guard } from 'latchkey/fetch'
import { auth } from '../../lib/auth.ts'

export const GET = guard(auth, (request) => Response.json({ hello: getAuth(request).identity }))
