import { decodeObject, encodeObject } from './json.ts'
import type { KeyMatch, Key, KeyRing } from './keys.ts'
import type { TokenError } from './token-errors.ts'

/** Longest token that is looked at, in characters: a cookie holds no more, and no bound token needs it. */
export const MAX_TOKEN_LENGTH = 8192

/** Each kind of token has its own `typ`, so that none passes for another (RFC 8725, section 3.11; RFC 9068, section 2.1). */
export const TOKEN_TYPES = { access: 'at+jwt', refresh: 'rt+jwt' } as const
export type TokenKind = keyof typeof TOKEN_TYPES
export const TOKEN_KINDS = Object.keys(TOKEN_TYPES) as TokenKind[]

/** What a token says, after its signature was verified. Header and claims are frozen through and through. */
export interface Jws {
  ok: true
  kind: TokenKind
  header: Record<string, unknown>
  claims: Record<string, unknown>
}

/** A compact JWS (RFC 7515, section 7.1). `headers` are added to `alg`, `typ` and `kid`, which they cannot replace. */
export function signJws(
  key: Key,
  kind: TokenKind,
  payload: object,
  headers?: Record<string, unknown>,
): string {
  const first =
    headers === undefined ? key.headerPart[kind] : encodeObject({ ...headers, ...key.header[kind] })
  const input = `${first}.${encodeObject(payload)}`
  const token = `${input}.${key.algorithm.sign(key.signing!, input)}`
  if (token.length > MAX_TOKEN_LENGTH)
    throw new TypeError(
      `a token of ${token.length} characters is accepted nowhere; give it fewer or shorter claims, to stay below ${MAX_TOKEN_LENGTH}`,
    )
  return token
}

/** The token's parts after its signature was verified under one of the keys; for everything else the reason. Never throws. */
export function verifyJws(ring: KeyRing, token: string): Jws | TokenError {
  const parts = splitToken(token)
  if (typeof parts === 'string') return parts
  // The header of a token that we made is one constant text for each key: comparing it is cheaper, and stricter, than parsing it.
  const { default: usual } = ring
  const found =
    usual !== null && parts.header === usual.headerPart ? usual : findKey(ring, parts.header)
  if (typeof found === 'string') return found
  const { key, kind, header } = found
  if (!key.algorithm.verify(key.verifying, parts.input, parts.signature)) return 'signature'
  const claims = decodeObject(parts.payload)
  return claims === null ? 'payload' : { ok: true, kind, header, claims }
}

/** The three parts of a token, none of which was looked at yet, and the text that was signed. */
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

/** In a header in other words than ours, the key is chosen by `kid` alone, and its algorithm is the key's, never the token's. */
function findKey(ring: KeyRing, headerPart: string): KeyMatch | TokenError {
  const own = ring.byHeader.get(headerPart)
  if (own !== undefined) return own
  const header = decodeObject(headerPart)
  if (header === null) return 'header'
  if (hasCriticalExtension(header)) return 'crit'
  const kind = TOKEN_KINDS.find((each) => TOKEN_TYPES[each] === mediaType(header.typ))
  if (kind === undefined) return 'typ'
  const key = typeof header.kid === 'string' ? ring.byId.get(header.kid) : undefined
  if (key === undefined) return 'kid'
  return key.algorithm.name === header.alg ? { key, kind, header } : 'alg'
}

/** Extensions that change what is signed or what must be understood (RFC 7515, section 4.1.11; RFC 7797): we know none. */
export const hasCriticalExtension = (header: object): boolean => 'crit' in header || 'b64' in header

/** Media types compare without case, and `application/` may be left out (RFC 7515, section 4.1.9). */
export const mediaType = (typ: unknown): string | null =>
  typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : null
