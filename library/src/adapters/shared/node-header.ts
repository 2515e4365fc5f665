/** The members of Node's request that hold its headers. */
interface RequestHeaders {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Only Node's own parser fills it: not a cloud function's adapter, an injected request, a mock. */
  readonly rawHeaders?: readonly string[] | undefined
}

/**
 * The value of a header; `name` in lower case. All values of a repeated one are joined. Node keeps
 * only the first `Authorization`, and a proxy that checked the request may have seen the other:
 * joined, they match no token.
 */
export function headerOf(request: RequestHeaders, name: string): string | undefined {
  const { headers, rawHeaders } = request
  // HTTP/2 has a pseudo-header in place of `Host` (RFC 9113, section 8.3.1).
  const value = headers[name] ?? (name === 'host' ? headers[':authority'] : undefined)
  if (rawHeaders === undefined || rawHeaders.length === 0)
    return joined(value ?? valueInAnyCase(headers, name), name)
  if (value === undefined || name !== 'authorization') return joined(value, name)
  // If it stands there once, the value counts, which a middleware may have set.
  return joinRepeated(rawHeaders, name) ?? joined(value, name)
}

function joined(value: string | readonly string[] | undefined, name: string): string | undefined {
  if (typeof value === 'string' || value === undefined) return value
  return value.join(name === 'cookie' ? '; ' : ', ')
}

/** The headers of a mock are written by hand. */
function valueInAnyCase(
  headers: RequestHeaders['headers'],
  name: string,
): string | readonly string[] | undefined {
  const spelling = Object.keys(headers).find((key) => key.toLowerCase() === name)
  return spelling === undefined ? undefined : headers[spelling]
}

/** Returns null if the header stands there at most once. */
function joinRepeated(rawHeaders: readonly string[], name: string): string | null {
  let first: string | undefined
  let joined: string | null = null
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index]!
    if (header.length !== name.length || header.toLowerCase() !== name) continue
    const value = rawHeaders[index + 1]!
    if (first === undefined) first = value
    else joined = `${joined ?? first}, ${value}`
  }
  return joined
}
