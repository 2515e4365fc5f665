import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { refuse } from '../../core/errors.ts'
import { MAX_BODY_BYTES, bodyFromParser, mayBeParsed, parseBody } from '../../http/body.ts'
import type { Body } from '../../http/request.ts'
import { headerOf } from './node-header.ts'
import { peek } from './peek.ts'

export type NodeRequest = IncomingMessage | Http2ServerRequest

/** What a framework's request may have in addition to Node's. */
export interface FrameworkRequest {
  /** The body that a parser of the framework has read. */
  body?: unknown
  /** The client's address, by the framework's own setting for proxies. */
  ip?: string | undefined
  /** The host that was asked, by the same setting. */
  hostname?: string | undefined
}

/** Where a request keeps what was read of its body, and the limit that it was read with. */
const BODY = Symbol('latchkey.body')

type Carrier = NodeRequest & { [BODY]?: { limit: number; body: Promise<Body> } }

/**
 * The body of a request: from the framework's parser if it has run, or else read here, and put back
 * for the route. Without `limit` see `RequestView.body`.
 */
export async function nodeBody(
  request: Carrier,
  framework: FrameworkRequest,
  limit?: number,
): Promise<Body> {
  const type = headerOf(request, 'content-type')
  const maximum = limit ?? MAX_BODY_BYTES
  const isLong = Number(request.headers['content-length'] ?? 0) > maximum
  if (limit === undefined && isLong) return refuse('body_too_large')
  if (isReadByFramework(request)) return bodyFromParser(framework.body, type, maximum)
  // Platforms that call a framework as a function may pass a body, and no stream.
  if (!isStream(request) || !hasBody(request))
    return bodyFromParser(framework.body ?? {}, type, maximum)
  if (!mayBeParsed(type)) return refuse('media_type_unsupported')
  if (isLong) return refuse('body_too_large')
  const known = request[BODY]
  if (known !== undefined && known.limit >= maximum) return known.body
  const body = peek(request, maximum).then(
    (bytes) => parseBody(bytes, type),
    () => refuse('request_invalid'),
  )
  request[BODY] = { limit: maximum, body }
  return body
}

/** The same for a route that reads no further: the rest of a refused body is discarded. */
export async function nodeBodyOnly(
  request: NodeRequest,
  framework: FrameworkRequest,
  limit?: number,
): Promise<Body> {
  const body = await nodeBody(request, framework, limit)
  if (!body.ok) discardRest(request)
  return body
}

/**
 * Node discards a body that was never read, but not the rest of one that was: it would block the
 * next request on this connection.
 */
export function discardRest(request: NodeRequest): void {
  if (request.readableDidRead && !request.readableEnded) request.resume()
}

/** Whether other code has read the stream. What was read here has been put back. */
function isReadByFramework(request: Carrier): boolean {
  return request.readableEnded || (request.readableDidRead && request[BODY] === undefined)
}

/** Mocks of tests are not always streams. */
const isStream = (request: NodeRequest): boolean =>
  typeof request.read === 'function' && typeof request.unshift === 'function'

/** Whether the request has a body (RFC 9112, section 6.3; RFC 9113, section 8.1). */
function hasBody(request: NodeRequest): boolean {
  if ('stream' in request) return !request.stream.endAfterHeaders
  return (
    request.headers['transfer-encoding'] !== undefined ||
    Number(request.headers['content-length'] ?? 0) > 0
  )
}
