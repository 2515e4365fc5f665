import { pathOf, queryOf, type Body, type RequestView } from '../../http/request.ts'
import { headerOf } from './node-header.ts'
import type { NodeResponse } from './node-response.ts'
import {
  discardRest,
  nodeBody,
  nodeBodyOnly,
  type FrameworkRequest,
  type NodeRequest,
} from './node-body.ts'

export type { FrameworkRequest, NodeRequest } from './node-body.ts'

/** A view of a Node request, alone or inside a framework's. Copies nothing. */
export class NodeView implements RequestView {
  readonly #request: NodeRequest
  readonly #framework: FrameworkRequest
  readonly #address: (() => string | undefined) | undefined
  readonly #response: Pick<NodeResponse, 'once'> | undefined

  /** With `response`, what nobody has read of a body is discarded after it. */
  constructor(
    request: NodeRequest,
    framework: FrameworkRequest = request as FrameworkRequest,
    address?: () => string | undefined,
    response?: Pick<NodeResponse, 'once'>,
  ) {
    this.#request = request
    this.#framework = framework
    this.#address = address
    this.#response = response
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

  get url(): string | undefined {
    return this.#request.url
  }

  get secure(): boolean {
    return (this.#request.socket as { encrypted?: unknown } | undefined)?.encrypted === true
  }

  get hostname(): string | undefined {
    return this.#framework.hostname
  }

  header(name: string): string | undefined {
    return headerOf(this.#request, name)
  }

  async body(limit?: number): Promise<Body> {
    if (limit === undefined) return nodeBodyOnly(this.#request, this.#framework)
    const body = await nodeBody(this.#request, this.#framework, limit)
    if (!body.ok) this.#response?.once?.('close', () => discardRest(this.#request))
    return body
  }

  get address(): string | undefined {
    return this.#address
      ? this.#address()
      : (this.#framework.ip ?? this.#request.socket?.remoteAddress)
  }
}
