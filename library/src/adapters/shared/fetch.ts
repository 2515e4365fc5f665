import { refusalReply, tokenReply } from '../../http/replies.ts'
import type { SessionAuth } from '../../http/auth-types.ts'
import { readBody } from '../../http/body.ts'
import type { Reply } from '../../core/errors.ts'
import { pathOf, queryOf, type Body, type RequestView } from '../../http/request.ts'
import { settingsOf } from '../../core/settings-of-auth.ts'
import type { TokenSet } from '../../core/session/token-set.ts'
import type { Mode } from '../../protocol.ts'

/** Where a request keeps the promise of its body, which can be read only once. */
const BODY = Symbol('latchkey.body')

/** A view of a Fetch `Request`. */
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

/** A response with the tokens of a sign-in, as JSON or in cookies. */
export function sendTokens(auth: SessionAuth, tokens: TokenSet, mode: Mode = 'header'): Response {
  return responseOf(tokenReply(settingsOf(auth), tokens, mode))
}

/**
 * A response for a refusal: of a guard, of `bodyOf`, or one with a code of the application's own.
 */
export function sendRefusal(refusal: { code: string; status: number; message: string }): Response {
  return responseOf(refusalReply(refusal))
}

/** Reads the body of a request, once. */
export function requestBody(request: Request & { [BODY]?: Promise<Body> }): Promise<Body> {
  const { headers } = request
  const stream =
    headers.get('content-length') === '0'
      ? null
      : (request.body as AsyncIterable<Uint8Array> | null)
  return (request[BODY] ??= readBody(stream, headers.get('content-type') ?? undefined))
}

/** Converts a reply to a Fetch `Response`. */
export function responseOf({ status, headers, body }: Reply): Response {
  const responseHeaders = new Headers(headers.map(([name, value]) => [name, value]))
  if (body === undefined) return new Response(null, { status, headers: responseHeaders })
  responseHeaders.set('Content-Type', 'application/json; charset=utf-8')
  return new Response(JSON.stringify(body), { status, headers: responseHeaders })
}
