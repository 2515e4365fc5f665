import { refusalReply, tokenReply } from '../../http/replies.ts'
import type { SessionAuth } from '../../http/auth-types.ts'
import { MAX_BODY_BYTES, mayBeParsed, readBody } from '../../http/body.ts'
import { refuse, type Reply } from '../../core/errors.ts'
import { pathOf, queryOf, type Body, type RequestView } from '../../http/request.ts'
import type { RenderCookies } from '../../http/render.ts'
import { settingsOf } from '../../core/settings-of-auth.ts'
import type { TokenSet } from '../../core/session/token-set.ts'
import type { Mode } from '../../protocol.ts'

/** Where a request keeps its parsed body, and the limit that it was read with. */
const BODY = Symbol('latchkey.body')

type Carrier = Request & { [BODY]?: { limit: number; body: Promise<Body> } }

/** A view of a Fetch `Request`. */
export class FetchView implements RequestView {
  readonly #request: Request
  readonly #address: (() => string | undefined) | undefined
  readonly #body: ((limit?: number) => Promise<Body>) | undefined

  constructor(
    request: Request,
    address?: () => string | undefined,
    body?: (limit?: number) => Promise<Body>,
  ) {
    this.#request = request
    this.#address = address
    this.#body = body
  }

  get method(): string {
    return this.#request.method
  }

  get url(): string {
    return this.#request.url
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

  body(limit?: number): Promise<Body> {
    return this.#body ? this.#body(limit) : requestBody(this.#request, limit)
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

/**
 * The response of a page, with the cookies of `auth.renewForRender`: then it is not cached. A copy,
 * as the headers of some responses cannot be changed (`Response.redirect`, `fetch`).
 */
export function withCookies(
  response: Response,
  { cookies }: Pick<RenderCookies, 'cookies'>,
): Response {
  if (cookies.length === 0) return response
  const copy = new Response(response.body, response)
  copy.headers.set('Cache-Control', 'private, no-store')
  for (const cookie of cookies) copy.headers.append('Set-Cookie', cookie)
  return copy
}

/**
 * The body of a request. With `limit` it is read from a copy, and the route can read it again.
 * Without it see `RequestView.body`.
 */
export function requestBody(request: Carrier, limit?: number): Promise<Body> {
  const known = request[BODY]
  const maximum = limit ?? MAX_BODY_BYTES
  if (known !== undefined && known.limit >= maximum) return known.body
  const body = readRequest(request, maximum, limit === undefined)
  request[BODY] = { limit: maximum, body }
  return body
}

async function readRequest(request: Request, maximum: number, isLast: boolean): Promise<Body> {
  const { headers } = request
  const length = headers.get('content-length')
  const type = headers.get('content-type') ?? undefined
  if (length === '0' || request.body === null) return { ok: true, value: {} }
  if (request.bodyUsed || request.body.locked) return refuse('request_invalid')
  if (!mayBeParsed(type)) return refuse('media_type_unsupported')
  if (Number(length ?? 0) > maximum) return refuse('body_too_large')
  const { body } = isLast ? request : request.clone()
  return readBody(body as AsyncIterable<Uint8Array> | null, type, maximum)
}

/** Converts a reply to a Fetch `Response`. */
export function responseOf({ status, headers, body }: Reply): Response {
  const responseHeaders = new Headers(headers.map(([name, value]) => [name, value]))
  if (body === undefined) return new Response(null, { status, headers: responseHeaders })
  responseHeaders.set('Content-Type', 'application/json; charset=utf-8')
  return new Response(JSON.stringify(body), { status, headers: responseHeaders })
}
