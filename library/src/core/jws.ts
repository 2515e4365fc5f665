import { decodeObject, encodeObject } from './json.ts'
import type { Key, KeyRing } from './keys.ts'
import type { Reason } from './reasons.ts'

/** Longest token that is looked at, in characters: a cookie holds no more, and no bound token needs it. */
export const MAX_TOKEN_LENGTH = 8192

/** Each kind of token has its own `typ`, so that none passes for another (RFC 8725, section 3.11; RFC 9068, section 2.1). */
export const TYPES = { access: 'at+jwt', refresh: 'rt+jwt' } as const
export type TokenKind = keyof typeof TYPES

export interface Jws {
  kind: TokenKind
  header: Record<string, unknown>
  payload: Record<string, unknown>
}

/** A compact JWS (RFC 7515, section 7.1). `headers` are added to `alg`, `typ` and `kid`, which they cannot replace. */
export function signJws(key: Key, kind: TokenKind, payload: object, headers?: Record<string, unknown>): string {
  const first = headers === undefined ? key.headerPart[kind] : encodeObject({ ...headers, ...key.header[kind] })
  const input = `${first}.${encodeObject(payload)}`
  return `${input}.${key.algorithm.sign(key.signing!, input)}`
}

/** The token's parts after its signature was verified under one of the keys; for everything else the reason. Never throws. */
export function verifyJws(ring: KeyRing, token: string): Jws | Reason {
  if (token.length > MAX_TOKEN_LENGTH) return 'size'
  const firstDot = token.indexOf('.')
  const lastDot = token.indexOf('.', firstDot + 1)
  if (firstDot === -1 || lastDot === -1 || token.includes('.', lastDot + 1)) return 'parts'
  const headerPart = token.slice(0, firstDot)
  // The header of a token that we made is one constant text for each key: comparing it is cheaper, and stricter, than parsing it.
  const found = ring.byHeader.get(headerPart) ?? readHeader(ring, headerPart)
  if (typeof found === 'string') return found
  const { key, kind, header } = found
  if (!key.algorithm.verify(key.verifying, token.slice(0, lastDot), token.slice(lastDot + 1))) return 'signature'
  const payload = decodeObject(token.slice(firstDot + 1, lastDot))
  return payload === null ? 'payload' : { kind, header, payload }
}

/** A header in other words than ours. The key is chosen by `kid` alone, and its algorithm is the key's, never the token's. */
function readHeader(ring: KeyRing, headerPart: string): { key: Key; kind: TokenKind; header: Record<string, unknown> } | Reason {
  const header = decodeObject(headerPart)
  if (header === null) return 'header'
  if ('crit' in header || 'b64' in header) return 'crit'
  const kind = kindOf(header.typ)
  if (kind === null) return 'typ'
  const key = typeof header.kid === 'string' ? ring.byId.get(header.kid) : undefined
  if (key === undefined) return 'kid'
  return key.algorithm.name === header.alg ? { key, kind, header } : 'alg'
}

/** Media types compare without case, and `application/` may be left out (RFC 7515, section 4.1.9). */
function kindOf(typ: unknown): TokenKind | null {
  if (typeof typ !== 'string') return null
  const name = typ.toLowerCase().replace(/^application\//, '')
  return name === TYPES.access ? 'access' : name === TYPES.refresh ? 'refresh' : null
}
