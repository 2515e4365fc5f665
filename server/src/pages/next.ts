const DEFAULT = '/account'
const LIMIT = 1024

/** Stands for this site while an address is resolved; no real host has this name (RFC 2606, section 2). */
const HERE = 'http://latchkey.invalid'

/** One slash, then no second one that a browser would read as a host; no backslash, and no control, which browsers drop or fold. */
const LOCAL = /^\/(?![/\\])[^\\\p{Cc}]*$/u

/**
 * Where to go after a sign-in: a path of this site, with its query and fragment, in ASCII. Everything else becomes `/account`,
 * so that no link to the sign-in page can send somebody to another site (CWE-601).
 */
export function safeNext(value: unknown): string {
  if (
    typeof value !== 'string' ||
    value.length > LIMIT ||
    !LOCAL.test(value) ||
    !LOCAL.test(decoded(value))
  )
    return DEFAULT
  const url = URL.parse(value, HERE)
  if (url === null || url.origin !== HERE) return DEFAULT
  const local = url.pathname + url.search + url.hash
  // Resolving dots can bring two slashes together: `/.//host` has the path `//host`.
  return LOCAL.test(local) ? local : DEFAULT
}

/** The value as somebody would see it who decodes it once more; not local where that is impossible. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return ''
  }
}

/** The address of the same page in another language. */
export function withLang(path: string, lang: string): string {
  const url = new URL(safeNext(path), HERE)
  url.searchParams.set('lang', lang)
  return url.pathname + url.search
}
