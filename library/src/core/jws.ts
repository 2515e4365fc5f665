import { decodeObject, encodeObject } from './json.ts'
import type { Key } from './keys.ts'

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

/** The token's parts after its signature was verified under one of our keys; null for everything else. Never throws. */
export function verifyJws(keys: readonly Key[], token: string): Jws | null {
  if (token.length > MAX_TOKEN_LENGTH) return null
  const firstDot = token.indexOf('.')
  const lastDot = token.lastIndexOf('.')
  if (firstDot <= 0 || lastDot === firstDot || token.indexOf('.', firstDot + 1) !== lastDot) return null
  const headerPart = token.slice(0, firstDot)
  const found = findOwn(keys, headerPart) ?? findForeign(keys, headerPart)
  if (found === null || !found.key.algorithm.verify(found.key.verifying, token.slice(0, lastDot), token.slice(lastDot + 1))) return null
  const payload = decodeObject(token.slice(firstDot + 1, lastDot))
  return payload && { kind: found.kind, header: found.header, payload }
}

interface Found {
  key: Key
  kind: TokenKind
  header: Record<string, unknown>
}

/** The header of a token that we made is one constant text for each key: comparing it is cheaper, and stricter, than parsing it. */
function findOwn(keys: readonly Key[], headerPart: string): Found | null {
  for (const key of keys) {
    if (headerPart === key.headerPart.access) return { key, kind: 'access', header: key.header.access }
    if (headerPart === key.headerPart.refresh) return { key, kind: 'refresh', header: key.header.refresh }
  }
  return null
}

/** A header in other words than ours. The key is chosen by `kid` alone, and its algorithm is the key's, never the token's. */
function findForeign(keys: readonly Key[], headerPart: string): Found | null {
  const header = decodeObject(headerPart)
  if (header === null || 'crit' in header || 'b64' in header) return null
  const kind = kindOf(header.typ)
  const key = keys.find(({ id, algorithm }) => id === header.kid && algorithm.name === header.alg)
  return kind && key ? { key, kind, header } : null
}

/** Media types compare without case, and `application/` may be left out (RFC 7515, section 4.1.9). */
function kindOf(typ: unknown): TokenKind | null {
  if (typeof typ !== 'string') return null
  const name = typ.toLowerCase().replace(/^application\//, '')
  return name === TYPES.access ? 'access' : name === TYPES.refresh ? 'refresh' : null
}
