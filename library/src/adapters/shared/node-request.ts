import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { refuse } from '../../core/errors.ts'
import { MAX_BODY_BYTES, readBody, bodyFromParser } from '../../http/body.ts'
import { pathOf, queryOf, type Body, type RequestView } from '../../http/request.ts'

export type NodeRequest = IncomingMessage | Http2ServerRequest

/** What a framework may know beside Node: a body that its own parser has read, and the address by its own rule for proxies. */
export interface FrameworkRequest {
  body?: unknown
  ip?: string | undefined
}

const BODY = Symbol('latchkey.body')

/** A request of Node, also inside a framework, without a copy of anything. */
export class NodeView implements RequestView {
  readonly #request: NodeRequest
  readonly #known: FrameworkRequest
  readonly #address: (() => string | undefined) | undefined

  constructor(
    request: NodeRequest,
    known: FrameworkRequest = request as FrameworkRequest,
    address?: () => string | undefined,
  ) {
    this.#request = request
    this.#known = known
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
      ? joined(this.#request.rawHeaders, name)
      : value
  }

  body(): Promise<Body> {
    return nodeBody(this.#request, this.#known)
  }

  get address(): string | undefined {
    return this.#address ? this.#address() : (this.#known.ip ?? this.#request.socket.remoteAddress)
  }
}

/** The body of a request as an object: what a parser of the framework left of it, or read here, once. */
export async function nodeBody(
  request: NodeRequest & { [BODY]?: Promise<Body> },
  known: FrameworkRequest = request as FrameworkRequest,
): Promise<Body> {
  if (request[BODY] !== undefined) return request[BODY]
  const type = request.headers['content-type']
  if (!hasBody(request)) return readBody(null, type)
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES)
    return refuse('body_too_large')
  if (request.readableDidRead) return bodyFromParser(known.body, type)
  // The request stays open, so that a refusal can still be sent on its connection.
  request[BODY] = readBody(request.iterator({ destroyOnReturn: false }), type)
  const body = await request[BODY]
  // Node drops what nobody has begun to read, and nothing else: what is left of a long body would block the connection.
  if (!body.ok && request.readableDidRead) request.resume()
  return body
}

export function hasBody(request: NodeRequest): boolean {
  if ('stream' in request) return !request.stream.endAfterHeaders
  return (
    request.headers['transfer-encoding'] !== undefined ||
    Number(request.headers['content-length'] ?? 0) > 0
  )
}

/** Node keeps one of several, and which one is its own affair; whoever checked the request before us may have seen the other. */
function joined(rawHeaders: readonly string[], name: string): string | undefined {
  let all: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const each = rawHeaders[at]!
    if (each.length !== name.length || each.toLowerCase() !== name) continue
    const value = rawHeaders[at + 1]!
    all = all === undefined ? value : `${all}, ${value}`
  }
  return all
}
