import { isBytes } from './bytes.ts'
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { ALGORITHMS, type Algorithm } from './algorithms.ts'
import { encodeObject } from './json.ts'
import type { PublicJwk } from './jwk.ts'
import { publicMembers } from './keys/public-members.ts'
import { secretError } from './keys/weak-keys.ts'
import { TOKEN_KINDS, TOKEN_TYPES, type TokenKind } from './token-kinds.ts'

/** A key and the one algorithm that it is used with (RFC 8725, section 3.1). */
export interface Key {
  /** The `kid` in the header of the tokens that it signs. */
  id: string
  algorithm: Algorithm
  /** The secret or private key; null if the key can only verify. */
  signing: KeyObject | null
  /** The secret or public key. */
  verifying: KeyObject
  /** The headers of the tokens that it signs, and the same in base64url. */
  header: Record<TokenKind, Record<string, unknown>>
  headerPart: Record<TokenKind, string>
}

/** What the header of a token names: a key, and the kind of token. */
export interface KeyMatch {
  key: Key
  kind: TokenKind
  header: Record<string, unknown>
}

/** Keys to verify with. Each token names its key; keys are never tried one after the other. */
export interface KeyRing {
  /** The match for access tokens of the first key, which are most tokens. Null without keys. */
  default: (KeyMatch & { headerPart: string }) | null
  /** By the encoded header of the tokens that these keys sign here. */
  byHeader: ReadonlyMap<string, KeyMatch>
  /** By `kid`. */
  byId: ReadonlyMap<string, Key>
}

export const MIN_SECRET_BYTES = 32

/**
 * A secret as bytes. Throws a `TypeError` that names the option if it is too short or not random.
 */
export function secretBytes(secret: unknown, option: string): Buffer {
  if (typeof secret !== 'string' && !isBytes(secret))
    throw new TypeError(`${option} must be a string or bytes`)
  const bytes = Buffer.from(secret as string)
  const error =
    bytes.length < MIN_SECRET_BYTES
      ? `must have at least ${MIN_SECRET_BYTES} bytes`
      : secretError(bytes)
  if (error !== null)
    throw new TypeError(
      `${option} ${error}; make one with crypto.randomBytes(32).toString('base64url')`,
    )
  return bytes
}

/**
 * Derives key material for one purpose with HKDF-SHA-256 (RFC 5869). Material for one purpose
 * reveals nothing about that for another, or about the secret.
 */
export function deriveBytes(secret: Uint8Array, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `latchkey ${purpose}`, bytes))
}

/**
 * The `kid` of a secret. It is derived, not a thumbprint: with a thumbprint, anyone who sees a
 * token could test guesses of the secret against it.
 */
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

/** Completes a key with the headers of the tokens that it signs, encoded once. */
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

/**
 * Indexes keys for verification. Throws a `TypeError` if two keys have the same `kid`: a token
 * could not say which of them it means (RFC 7517, section 4.5).
 */
export function keyRing(keys: readonly Key[], option: string): KeyRing {
  const byId = new Map(keys.map((key) => [key.id, key]))
  if (byId.size !== keys.length) throw new TypeError(`${option} holds two keys with the same "kid"`)
  const match = (key: Key, kind: TokenKind): KeyMatch => ({ key, kind, header: key.header[kind] })
  const byHeader = new Map(
    keys.flatMap((key) => TOKEN_KINDS.map((kind) => [key.headerPart[kind], match(key, kind)])),
  )
  const first = keys[0]
  return {
    default: first ? { ...match(first, 'access'), headerPart: first.headerPart.access } : null,
    byHeader,
    byId,
  }
}

/** The public keys as a JWKS (RFC 7517, section 5). Secrets are left out. */
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
