import type { ExecutionContext } from '@nestjs/common'
import type { NestRequest } from './nest-platforms.ts'

/** The context of a GraphQL query, as the drivers of Nest make it. */
interface GraphqlContext {
  /** Apollo and Yoga. */
  req?: object
  request?: object
  /** Mercurius. */
  reply?: { request?: object }
}

/**
 * The request of an execution context for HTTP or GraphQL. Throws a `TypeError` that names the
 * option `getRequest` for any other.
 */
export function requestOf(context: ExecutionContext): NestRequest {
  const type: string = context.getType()
  const request =
    type === 'http'
      ? context.switchToHttp().getRequest<object>()
      : type === 'graphql'
        ? requestOfQuery(context.getArgByIndex<GraphqlContext | undefined>(2))
        : undefined
  if (typeof request !== 'object' || !('headers' in request))
    throw new TypeError(
      `latchkey/nest finds no HTTP request in this context of type "${type}": pass getRequest, ` +
        'as in guard(auth, {}, { getRequest }) and CurrentAuth({ getRequest })',
    )
  return request as NestRequest
}

const requestOfQuery = ({ req, request, reply }: GraphqlContext = {}): object | undefined =>
  [req, request, reply?.request].find((found) => found !== undefined && 'headers' in found)
