import { createHash, createPrivateKey, createPublicKey, createSecretKey, hkdfSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import { ALGORITHMS, type Algorithm } from './algorithms.ts'
import { encodeObject, isObject } from './json.ts'
import { TYPES, type TokenKind } from './jws.ts'

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

/** A public key as it is published (RFC 7517). */
export type PublicJwk = JsonWebKey & { kid: string; alg: string; use: 'sig' }

export const MIN_SECRET_BYTES = 32

/** A secret as bytes. Throws a `TypeError` that names the option where it is too short to be safe. */
export function secretBytes(secret: unknown, option: string): Buffer {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) throw new TypeError(`${option} must be a string or bytes`)
  const bytes = Buffer.from(secret as string)
  if (bytes.length < MIN_SECRET_BYTES) {
    throw new TypeError(`${option} must have at least ${MIN_SECRET_BYTES} bytes; make one with crypto.randomBytes(32).toString('base64url')`)
  }
  return bytes
}

/** Bytes derived from a secret for one purpose (RFC 5869): what one purpose leaks is of no use to another. */
export function derive(secret: Uint8Array, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `latchkey ${purpose}`, bytes))
}

/** An HS256 key. */
export function keyFromSecret(secret: Buffer): Key {
  return makeKey(derive(secret, 'key id', 6).toString('base64url'), 'HS256', createSecretKey(secret), createSecretKey(secret))
}

/**
 * A key from a JWK (RFC 7517): `alg` is required; `kid` is the thumbprint where it is missing; without private members it only verifies.
 * Throws a `TypeError` that names the option.
 */
export function keyFromJwk(jwk: unknown, option: string): Key {
  if (!isObject(jwk) || jwk.kty === 'oct') throw new TypeError(`${option} must be an asymmetric JWK; pass a shared secret as "secret"`)
  if (typeof jwk.alg !== 'string' || !ALGORITHMS.has(jwk.alg)) throw new TypeError(`${option}.alg must be one of ${[...ALGORITHMS.keys()].join(', ')}`)
  if (jwk.use !== undefined && jwk.use !== 'sig') throw new TypeError(`${option}.use must be "sig"`)
  if (jwk.kid !== undefined && (typeof jwk.kid !== 'string' || jwk.kid.length === 0 || jwk.kid.length > 128)) {
    throw new TypeError(`${option}.kid must be a string of 1 to 128 characters`)
  }
  let signing: KeyObject | null
  let verifying: KeyObject
  try {
    signing = 'd' in jwk ? createPrivateKey({ key: jwk, format: 'jwk' }) : null
    verifying = createPublicKey(signing ?? ({ key: jwk, format: 'jwk' } as never))
  } catch {
    // The cause may quote the key.
    throw new TypeError(`${option} is not a JWK that can be read`)
  }
  return makeKey(jwk.kid ?? thumbprint(verifying), jwk.alg, signing, verifying, option)
}

function makeKey(id: string, name: string, signing: KeyObject | null, verifying: KeyObject, option = 'secret'): Key {
  const algorithm = ALGORITHMS.get(name)!
  const misfit = algorithm.misfit(verifying)
  if (misfit !== null) throw new TypeError(`${option}: ${name} ${misfit}`)
  const headerOf = (kind: TokenKind) => Object.freeze({ alg: name, typ: TYPES[kind], kid: id })
  const header = { access: headerOf('access'), refresh: headerOf('refresh') }
  const headerPart = { access: encodeObject(header.access), refresh: encodeObject(header.refresh) }
  return Object.freeze({ id, algorithm, signing, verifying, header, headerPart })
}

/** JWK thumbprint (RFC 7638): SHA-256 over the required members in order, in base64url. */
export function thumbprint(key: KeyObject): string {
  const { crv, e, kty, n, x, y } = key.export({ format: 'jwk' })
  return createHash('sha256').update(JSON.stringify({ crv, e, kty, n, x, y })).digest('base64url')
}

/** The public halves, for `/.well-known/jwks.json`. Secrets have none. */
export function publicJwks(keys: readonly Key[]): { keys: PublicJwk[] } {
  const asymmetric = keys.filter(({ algorithm }) => !algorithm.symmetric)
  return { keys: asymmetric.map(({ id, algorithm, verifying }) => ({ ...verifying.export({ format: 'jwk' }), kid: id, alg: algorithm.name, use: 'sig' })) }
}
