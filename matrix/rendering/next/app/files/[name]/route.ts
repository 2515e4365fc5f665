import { picture } from '../../../../shared/picture.ts'
import { requireUser } from '../../../require-user.ts'

export async function GET(request: Request): Promise<Response> {
  await requireUser(new URL(request.url).pathname)
  return picture()
}
