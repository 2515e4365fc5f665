import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { refuse } from '../../core/errors.ts'
import { MAX_BODY_BYTES, readBody, bodyFromParser } from '../../http/body.ts'
import { pathOf, queryOf, type Body, type RequestView } from '../../http/request.ts'

export type NodeRequest = IncomingMessage | Http2ServerRequest

/** What a framework's request may have in addition to Node's. */
export interface FrameworkRequest {
  /** The body that a parser of the framework has read. */
  body?: unknown
  /** The client's address, by the framework's own setting for proxies. */
  ip?: string | undefined
}

/** Where a request keeps the promise of its body, which can be read only once. */
const BODY = Symbol('latchkey.body')

/** A view of a Node request, alone or inside a framework's. Copies nothing. */
export class NodeView implements RequestView {
  readonly #request: NodeRequest
  readonly #framework: FrameworkRequest
  readonly #address: (() => string | undefined) | undefined

  constructor(
    request: NodeRequest,
    framework: FrameworkRequest = request as FrameworkRequest,
    address?: () => string | undefined,
  ) {
    this.#request = request
    this.#framework = framework
    this.#address = address
  }

  get method(): string {
    return this.#request.method ?? 'GET'
  }

  get path(): string {
    return pathOf(this.#request.url ?? '/')
  }

  get query(): string {
    return queryOf(this.#request.url ?? '/')
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name] as string | undefined
    return value !== undefined && name === 'authorization'
      ? joinRepeated(this.#request.rawHeaders, name)
      : value
  }

  body(): Promise<Body> {
    return nodeBody(this.#request, this.#framework)
  }

  get address(): string | undefined {
    return this.#address
      ? this.#address()
      : (this.#framework.ip ?? this.#request.socket.remoteAddress)
  }
}

/** The body of a request: from the framework's parser if it has run, or else read here, once. */
export async function nodeBody(
  request: NodeRequest & { [BODY]?: Promise<Body> },
  framework: FrameworkRequest = request as FrameworkRequest,
): Promise<Body> {
  if (request[BODY] !== undefined) return request[BODY]
  const type = request.headers['content-type']
  if (!hasBody(request)) return readBody(null, type)
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES)
    return refuse('body_too_large')
  if (request.readableDidRead) return bodyFromParser(framework.body, type)
  // Destroying the request would close the connection before a refusal can be sent on it.
  request[BODY] = readBody(request.iterator({ destroyOnReturn: false }), type)
  const body = await request[BODY]
  // Node discards a body that was never read, but not the rest of one that was: it would block the
  // next request on this connection.
  if (!body.ok && request.readableDidRead) request.resume()
  return body
}

/** Whether the request has a body (RFC 9112, section 6.3; RFC 9113, section 8.1). */
export function hasBody(request: NodeRequest): boolean {
  if ('stream' in request) return !request.stream.endAfterHeaders
  return (
    request.headers['transfer-encoding'] !== undefined ||
    Number(request.headers['content-length'] ?? 0) > 0
  )
}

/**
 * All values of a repeated header, joined with commas. Node keeps only the first `Authorization`,
 * and a proxy that checked the request may have seen the other. Joined, they match no token.
 */
function joinRepeated(rawHeaders: readonly string[], name: string): string | undefined {
  let joined: string | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index]!
    if (header.length !== name.length || header.toLowerCase() !== name) continue
    const value = rawHeaders[index + 1]!
    joined = joined === undefined ? value : `${joined}, ${value}`
  }
  return joined
}
