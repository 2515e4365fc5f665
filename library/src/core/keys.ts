import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { ALGORITHMS, type Algorithm } from './algorithms.ts'
import { encodeObject } from './json.ts'
import { TOKEN_KINDS, TOKEN_TYPES, type TokenKind } from './jws.ts'
import type { PublicJwk } from './jwk.ts'
import { publicMembers } from './keys/public-members.ts'
import { secretError } from './keys/weak-keys.ts'

/** A key has exactly one algorithm (RFC 8725, section 3.1). */
export interface Key {
  /** The `kid` of the tokens that it signs. */
  id: string
  algorithm: Algorithm
  /** Null where the key only verifies. */
  signing: KeyObject | null
  verifying: KeyObject
  header: Record<TokenKind, Record<string, unknown>>
  headerPart: Record<TokenKind, string>
}

/** What the header of a token names. */
export interface KeyMatch {
  key: Key
  kind: TokenKind
  header: Record<string, unknown>
}

/** Keys to verify with, found by what a token says: never tried one after the other. */
export interface KeyRing {
  /** The header part of most tokens, the access tokens of the first key, and what it names. Null where there is none. */
  default: (KeyMatch & { headerPart: string }) | null
  /** By the whole header part of a token that one of them signed here. */
  byHeader: ReadonlyMap<string, KeyMatch>
  /** By `kid`. */
  byId: ReadonlyMap<string, Key>
}

export const MIN_SECRET_BYTES = 32

/** A secret as bytes. Throws a `TypeError` that names the option where it is too short to be safe, or no secret at all. */
export function secretBytes(secret: unknown, option: string): Buffer {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array))
    throw new TypeError(`${option} must be a string or bytes`)
  const bytes = Buffer.from(secret as string)
  const flaw =
    bytes.length < MIN_SECRET_BYTES
      ? `must have at least ${MIN_SECRET_BYTES} bytes`
      : secretError(bytes)
  if (flaw !== null)
    throw new TypeError(
      `${option} ${flaw}; make one with crypto.randomBytes(32).toString('base64url')`,
    )
  return bytes
}

/** Bytes derived from a secret for one purpose (RFC 5869): what one purpose leaks is of no use to another. */
export function deriveBytes(secret: Uint8Array, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `latchkey ${purpose}`, bytes))
}

/** The `kid` of a secret. A thumbprint would let anybody who sees a token try secrets against it. */
export function secretId(secret: Uint8Array): string {
  return deriveBytes(secret, 'key id', 6).toString('base64url')
}

/** An HS256 key. */
export function keyFromSecret(secret: Buffer): Key {
  const key = createSecretKey(secret)
  return createKey({
    id: secretId(secret),
    algorithm: ALGORITHMS.get('HS256')!,
    signing: key,
    verifying: key,
  })
}

/** A key with the headers of the tokens that it signs, written once. */
export function createKey({
  id,
  algorithm,
  signing,
  verifying,
}: Pick<Key, 'id' | 'algorithm' | 'signing' | 'verifying'>): Key {
  const headerOf = (kind: TokenKind) =>
    Object.freeze({ alg: algorithm.name, typ: TOKEN_TYPES[kind], kid: id })
  const header = Object.fromEntries(
    TOKEN_KINDS.map((kind) => [kind, headerOf(kind)]),
  ) as unknown as Key['header']
  const headerPart = Object.fromEntries(
    TOKEN_KINDS.map((kind) => [kind, encodeObject(header[kind])]),
  ) as Key['headerPart']
  return Object.freeze({ id, algorithm, signing, verifying, header, headerPart })
}

/** Throws a `TypeError` for two keys of one `kid`: which of them is meant could not be said (RFC 7517, section 4.5). */
export function keyRing(keys: readonly Key[], option: string): KeyRing {
  const byId = new Map(keys.map((key) => [key.id, key]))
  if (byId.size !== keys.length) throw new TypeError(`${option} holds two keys with the same "kid"`)
  const found = (key: Key, kind: TokenKind): KeyMatch => ({ key, kind, header: key.header[kind] })
  const byHeader = new Map(
    keys.flatMap((key) => TOKEN_KINDS.map((kind) => [key.headerPart[kind], found(key, kind)])),
  )
  const first = keys[0]
  return {
    default: first ? { ...found(first, 'access'), headerPart: first.headerPart.access } : null,
    byHeader,
    byId,
  }
}

/** The public halves, for `/.well-known/jwks.json`. Secrets have none. */
export function publicJwks(keys: readonly Key[]): { keys: PublicJwk[] } {
  const asymmetric = keys.filter(({ algorithm }) => !algorithm.symmetric)
  return {
    keys: asymmetric.map(({ id, algorithm, verifying }) => ({
      ...publicMembers(verifying),
      kid: id,
      alg: algorithm.name,
      use: 'sig',
    })),
  }
}
