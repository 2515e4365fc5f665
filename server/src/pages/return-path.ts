const DEFAULT = '/account'

/** Longest address that is accepted, in characters. */
const MAX_LENGTH = 1024

/** Stands for this site while an address is resolved. No real host has this name (RFC 2606 §2). */
const BASE = 'http://latchkey.invalid'

/**
 * A path: one slash, not followed by a second one, because browsers read `//` as the start of a
 * host. No backslash, which browsers turn into a slash, and no control character, which they drop.
 */
const PATH = /^\/(?![/\\])[^\\\p{Cc}]*$/u

/**
 * Where to go after a sign-in: a path on this site with its query and fragment, in ASCII. Returns
 * `/account` for everything else, so a link to the sign-in page cannot redirect to another site
 * (CWE-601).
 */
export function safeNext(value: unknown): string {
  if (
    typeof value !== 'string' ||
    value.length > MAX_LENGTH ||
    !PATH.test(value) ||
    !PATH.test(decode(value))
  )
    return DEFAULT
  const url = URL.parse(value, BASE)
  if (url === null || url.origin !== BASE) return DEFAULT
  const path = url.pathname + url.search + url.hash
  // Resolving dot segments can produce two slashes: `/.//host` becomes `//host`.
  return PATH.test(path) ? path : DEFAULT
}

/** The value after another percent-decoding, or an empty string if it cannot be decoded. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return ''
  }
}

/** The address of the same page in another language. */
export function withLang(path: string, lang: string): string {
  const url = new URL(safeNext(path), BASE)
  url.searchParams.set('lang', lang)
  return url.pathname + url.search
}
