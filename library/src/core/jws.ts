import { decodeObject, encodeObject } from './json.ts'
import type { Key, KeyMatch, KeyRing } from './keys.ts'
import type { TokenError } from './token-errors.ts'
import { TOKEN_KINDS, TOKEN_TYPES, type TokenKind } from './token-kinds.ts'

/** The longest token that is read, in characters: some issuers list every group of a user. */
export const MAX_TOKEN_LENGTH = 65_536

/** The longest token that is signed, in characters. HTTP servers refuse much longer headers. */
export const MAX_SIGNED_LENGTH = 8192

/** A token whose signature was verified. Header and claims are deeply frozen. */
export interface Jws {
  ok: true
  kind: TokenKind
  header: Record<string, unknown>
  claims: Record<string, unknown>
}

/**
 * Signs a compact JWS (RFC 7515, section 7.1). `headers` are added to `alg`, `typ` and `kid` and
 * cannot replace them. Throws a `TypeError` if the result is longer than `MAX_SIGNED_LENGTH`.
 */
export function signJws(
  key: Key,
  kind: TokenKind,
  payload: object,
  headers?: Record<string, unknown>,
): string {
  const headerPart =
    headers === undefined ? key.headerPart[kind] : encodeObject({ ...headers, ...key.header[kind] })
  const input = `${headerPart}.${encodeObject(payload)}`
  const token = `${input}.${key.algorithm.sign(key.signing!, input)}`
  if (token.length > MAX_SIGNED_LENGTH)
    throw new TypeError(
      `a token of ${token.length} characters is over ${MAX_SIGNED_LENGTH}; use fewer claims`,
    )
  return token
}

/** Verifies the signature with a key of the ring. Returns the reason on failure; never throws. */
export function verifyJws(ring: KeyRing, token: string): Jws | TokenError {
  const parts = splitToken(token)
  if (typeof parts === 'string') return parts
  // Our own tokens have one constant header text per key. Comparing that text is cheaper and
  // stricter than parsing it.
  const defaultMatch = ring.default
  const match =
    defaultMatch !== null && parts.header === defaultMatch.headerPart
      ? defaultMatch
      : findKey(ring, parts.header)
  if (typeof match === 'string') return match
  const { key, kind, header } = match
  if (!key.algorithm.verify(key.verifying, parts.input, parts.signature)) return 'signature'
  const claims = decodeObject(parts.payload)
  return claims === null ? 'payload' : { ok: true, kind, header, claims }
}

/** The three encoded parts of a token, and `input`, the text that was signed. */
export function splitToken(
  token: string,
): { header: string; payload: string; input: string; signature: string } | TokenError {
  if (typeof token !== 'string') return 'parts'
  if (token.length > MAX_TOKEN_LENGTH) return 'size'
  const firstDot = token.indexOf('.')
  const lastDot = token.indexOf('.', firstDot + 1)
  if (firstDot === -1 || lastDot === -1 || token.includes('.', lastDot + 1)) return 'parts'
  return {
    header: token.slice(0, firstDot),
    payload: token.slice(firstDot + 1, lastDot),
    input: token.slice(0, lastDot),
    signature: token.slice(lastDot + 1),
  }
}

/**
 * The key that a header names. For a header that was not written here, `kid` alone selects the key.
 * The algorithm is always that of the key, never chosen by the token (RFC 8725, section 3.1).
 */
function findKey(ring: KeyRing, headerPart: string): KeyMatch | TokenError {
  const match = ring.byHeader.get(headerPart)
  if (match !== undefined) return match
  const header = decodeObject(headerPart)
  if (header === null) return 'header'
  if (hasCriticalExtension(header)) return 'crit'
  const kind = TOKEN_KINDS.find((kind) => TOKEN_TYPES[kind] === mediaType(header.typ))
  if (kind === undefined) return 'typ'
  const key = typeof header.kid === 'string' ? ring.byId.get(header.kid) : undefined
  if (key === undefined) return 'kid'
  return key.algorithm.name === header.alg ? { key, kind, header } : 'alg'
}

/**
 * Whether a header requires an extension (RFC 7515, section 4.1.11; RFC 7797). None is supported,
 * so such tokens must be refused.
 */
export const hasCriticalExtension = (header: object): boolean => 'crit' in header || 'b64' in header

/**
 * A `typ` value for comparison: lower case and without the optional `application/` (RFC 7515,
 * section 4.1.9). Null if the value is not a string.
 */
export const mediaType = (typ: unknown): string | null =>
  typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : null
