import type { Routing } from '../../http/routes/index.ts'
import { pathOf } from '../../http/request.ts'
import type { NodeRequest } from './node-body.ts'

/** What Express and its like add to a request. */
type MountedRequest = Pick<NodeRequest, 'url'> & {
  /** The request target before a mounted router has shortened it. */
  originalUrl?: string | undefined
  app?: { enabled?(setting: string): boolean }
}

/**
 * The path of a request below the one at which the application has mounted the routes, and also the
 * `whole` path: the option `base` may repeat it. Express ignores case unless it is set.
 */
export function routingOf(request: MountedRequest, { whole }: { whole: boolean }): Routing {
  const { url = '/', originalUrl, app } = request
  const path = pathOf(url)
  const paths = whole && originalUrl !== undefined ? [path, pathOf(originalUrl)] : [path]
  return { paths, ignoreCase: app?.enabled?.('case sensitive routing') === false }
}
