import { picture } from '../../../shared/picture.ts'
import { requireUser } from '../visitor.server.ts'
import type { Route } from './+types/file.ts'

export function loader(args: Route.LoaderArgs): Response {
  requireUser(args)
  return picture()
}
