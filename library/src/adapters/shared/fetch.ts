import { refusalReply, tokenReply } from '../../http/replies.ts'
import type { Auth } from '../../http/auth.ts'
import { readBody } from '../../http/body.ts'
import type { Reply } from '../../core/errors.ts'
import { pathOf, queryOf, type Body, type RequestView } from '../../http/request.ts'
import type { TokenSet } from '../../core/session/token-set.ts'
import type { Mode } from '../../protocol.ts'

const BODY = Symbol('latchkey.body')

/** A request of the Fetch standard, read where it stands. */
export class FetchView implements RequestView {
  readonly #request: Request
  readonly #address: (() => string | undefined) | undefined
  readonly #body: (() => Promise<Body>) | undefined

  constructor(request: Request, address?: () => string | undefined, body?: () => Promise<Body>) {
    this.#request = request
    this.#address = address
    this.#body = body
  }

  get method(): string {
    return this.#request.method
  }

  get path(): string {
    return pathOf(this.#request.url)
  }

  get query(): string {
    return queryOf(this.#request.url)
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined
  }

  body(): Promise<Body> {
    return this.#body ? this.#body() : requestBody(this.#request)
  }

  get address(): string | undefined {
    return this.#address?.()
  }
}

/** Answers a sign-in with its tokens: as JSON, or in cookies. */
export function sendTokens(auth: Auth, tokens: TokenSet, mode: Mode = 'header'): Response {
  return responseOf(tokenReply(auth.settings, tokens, mode))
}

/** Answers a refusal: that of a guard, of `bodyOf`, or one with a code of the application's own. */
export function sendRefusal(refusal: { code: string; status: number; message: string }): Response {
  return responseOf(refusalReply(refusal))
}

/** The body of a request of the Fetch standard, read once. */
export function requestBody(request: Request & { [BODY]?: Promise<Body> }): Promise<Body> {
  const { headers } = request
  const stream =
    headers.get('content-length') === '0'
      ? null
      : (request.body as AsyncIterable<Uint8Array> | null)
  return (request[BODY] ??= readBody(stream, headers.get('content-type') ?? undefined))
}

/** A reply as a response of the Fetch standard. */
export function responseOf({ status, headers, body }: Reply): Response {
  const list = new Headers(headers.map(([name, value]) => [name, value]))
  if (body === undefined) return new Response(null, { status, headers: list })
  list.set('Content-Type', 'application/json; charset=utf-8')
  return new Response(JSON.stringify(body), { status, headers: list })
}
