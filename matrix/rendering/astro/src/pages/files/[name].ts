import type { APIRoute } from 'astro'
import { picture } from '../../../../shared/picture.ts'
import { requireUser } from '../../require-user.ts'

export const GET: APIRoute = (context) => {
  const user = requireUser(context)
  return user instanceof Response ? user : picture()
}
