/** The part of a request that the origin check reads. */
export interface RequestHead {
  readonly method: string
  /** `name` in lower case. */
  header(name: string): string | undefined
}

/** A request of the Fetch standard, of Node, Express, Fastify, Koa or Nest. */
export interface RequestWithHeaders {
  readonly method?: string | undefined
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
  const { method = 'POST', headers } = own
  return { method, header: (name) => valueIn(headers, name) }
}

function valueIn(headers: RequestWithHeaders['headers'], name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined
  const value = (headers as Readonly<Record<string, string | readonly string[] | undefined>>)[name]
  return typeof value === 'string' || value === undefined ? value : value.join(', ')
}
