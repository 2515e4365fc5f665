import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { ALGORITHMS, type Algorithm } from '../core/algorithms.ts'

/** A JWS algorithm under PyJWT's name. */
export type FlaskAlgorithm = Pick<Algorithm, 'symmetric' | 'sign' | 'verify'> & {
  fits(key: KeyObject): boolean
}

/** A secret, a key in PEM, or a `KeyObject` of the application. */
export type KeyMaterial = string | Uint8Array | KeyObject

const IEEE_P1363 = { dsaEncoding: 'ieee-p1363' } as const

/** ES256K (RFC 8812, section 3.2), which PyJWT has and the rest of Latchkey does not. */
const ES256K: FlaskAlgorithm = {
  symmetric: false,
  fits: (key) => key.asymmetricKeyDetails?.namedCurve === 'secp256k1',
  sign: (key, input) =>
    sign('sha256', Buffer.from(input), { key, ...IEEE_P1363 }).toString('base64url'),
  verify: (key, input, signature) =>
    verify(
      'sha256',
      Buffer.from(input),
      { key, ...IEEE_P1363 },
      Buffer.from(signature, 'base64url'),
    ),
}

/**
 * Finds an algorithm by PyJWT's name; undefined for `none` and for names that PyJWT does not know.
 */
export function findAlgorithm(name: string): FlaskAlgorithm | undefined {
  if (name === 'ES256K') return ES256K
  // PyJWT accepts ES521 for ES512, and knows Ed25519 as EdDSA only.
  const algorithm =
    name === 'Ed25519' ? undefined : ALGORITHMS.get(name === 'ES521' ? 'ES512' : name)
  return algorithm && { ...algorithm, fits: (key) => fits(algorithm, key) }
}

export const isAlgorithm = (name: unknown): boolean =>
  typeof name === 'string' && findAlgorithm(name) !== undefined

/**
 * Whether the key has the right type. A short key is accepted: existing tokens are signed with it,
 * and PyJWT only warns.
 */
function fits(algorithm: Algorithm, key: KeyObject): boolean {
  if (algorithm.symmetric) return key.type === 'secret'
  return algorithm.kty === 'RSA'
    ? key.asymmetricKeyType === 'rsa'
    : algorithm.keyError(key) === null
}

/** Returns the key to sign or verify with; null if the material is not a key for this algorithm. */
export function toKey(
  algorithm: FlaskAlgorithm,
  material: KeyMaterial,
  purpose: 'sign' | 'verify',
): KeyObject | null {
  try {
    const key = readMaterial(algorithm, material, purpose)
    return key !== null && algorithm.fits(key) ? key : null
  } catch {
    // The error is not passed on: its message may contain the key.
    return null
  }
}

function readMaterial(
  { symmetric }: FlaskAlgorithm,
  material: KeyMaterial,
  purpose: 'sign' | 'verify',
): KeyObject | null {
  if (typeof material === 'string' || material instanceof Uint8Array) {
    if (symmetric)
      return looksLikePublicKey(material) ? null : createSecretKey(Buffer.from(material as string))
    // In environment variables, line ends are often written as \n.
    const pem = Buffer.from(material as string)
      .toString('latin1')
      .replaceAll('\\n', '\n')
    return purpose === 'sign' ? createPrivateKey(pem) : createPublicKey(pem)
  }
  if (purpose === 'sign') return material.type === 'public' ? null : material
  return material.type === 'private' ? createPublicKey(material) : material
}

/**
 * A public key must not be an HMAC secret, because anyone could sign with it (RFC 8725, section
 * 2.1). Recognizes PEM, SSH, DER and JWK, and the empty string.
 */
function looksLikePublicKey(material: string | Uint8Array): boolean {
  const bytes = Buffer.from(material as string)
  const text = bytes.toString('latin1')
  return (
    bytes.length === 0 || /-----BEGIN |^(?:ssh-|ecdsa-|sk-)|"kty"\s*:/.test(text) || isDer(bytes)
  )
}

function isDer(bytes: Buffer): boolean {
  if (bytes[0] !== 0x30) return false
  try {
    return createPublicKey({ key: bytes, format: 'der', type: 'spki' }) !== null
  } catch {
    return false
  }
}
