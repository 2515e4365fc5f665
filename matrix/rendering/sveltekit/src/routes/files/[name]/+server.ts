import { requireUser } from '../../../require-user.ts'
import { picture } from '../../../../../shared/picture.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) => {
  requireUser(event)
  return picture()
}
