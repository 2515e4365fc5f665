/** The part of a request that the origin check reads. */
export interface RequestHead {
  readonly method: string
  /** `name` in lower case. Repeated fields are joined with commas (RFC 9110, section 5.3). */
  header(name: string): string | undefined
  /** The request target; in absolute form it says to which origin the request was sent. */
  readonly url?: string | undefined
  /** The connection is encrypted. */
  readonly secure?: boolean | undefined
  /** The host by the framework's own setting for proxies. */
  readonly hostname?: string | undefined
}

/** A request of the Fetch standard, of Node, Express, Fastify, Koa or Nest. */
export interface RequestWithHeaders {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly hostname?: string | undefined
  readonly socket?: object
  readonly headers:
    | { get(name: string): string | null }
    | Readonly<Record<string, string | readonly string[] | undefined>>
}

/**
 * A request of any framework that has an adapter: a `RequestView`, a request, or a context of Koa
 * or Hono.
 */
export type AnyRequest =
  RequestHead | RequestWithHeaders | { readonly req: RequestHead | RequestWithHeaders }

/** Method and headers of a request of any of these frameworks. */
export function headOf(request: AnyRequest): RequestHead {
  const own = 'req' in request ? request.req : request
  if (!('headers' in own)) return own
  // Without a method, the check of an unsafe one applies.
  const { method = 'POST', headers, url } = own
  return {
    method,
    header: (name) => valueIn(headers, name),
    url,
    secure: isEncrypted(own),
    hostname: hostnameOf(request) ?? own.hostname,
  }
}

function valueIn(headers: RequestWithHeaders['headers'], name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined
  const values = headers as Readonly<Record<string, string | readonly string[] | undefined>>
  // HTTP/2 has a pseudo-header in place of `Host` (RFC 9113, section 8.3.1).
  const value = values[name] ?? (name === 'host' ? values[':authority'] : undefined)
  if (typeof value === 'string' || value === undefined) return value
  return value.join(name === 'cookie' ? '; ' : ', ')
}

/** By Node's socket, which Fastify's request has too. */
const isEncrypted = ({ socket }: { socket?: object }): boolean =>
  socket !== undefined && 'encrypted' in socket && socket.encrypted === true

/** Koa has it on its context. */
const hostnameOf = (request: AnyRequest): string | undefined =>
  'hostname' in request && typeof request.hostname === 'string' ? request.hostname : undefined
