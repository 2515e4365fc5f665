import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { ALGORITHMS, type Algorithm } from '../core/algorithms.ts'

/** What is used of an algorithm. */
export type Signer = Pick<Algorithm, 'symmetric' | 'sign' | 'verify'> & {
  fits(key: KeyObject): boolean
}

/** A secret, a key in PEM, or a key that the application has read itself. */
export type KeyMaterial = string | Uint8Array | KeyObject

const JOINED = { dsaEncoding: 'ieee-p1363' } as const

/** The one algorithm of PyJWT that Latchkey has not (RFC 8812, section 3.2). */
const ES256K: Signer = {
  symmetric: false,
  fits: (key) => key.asymmetricKeyDetails?.namedCurve === 'secp256k1',
  sign: (key, input) =>
    sign('sha256', Buffer.from(input), { key, ...JOINED }).toString('base64url'),
  verify: (key, input, signature) =>
    verify('sha256', Buffer.from(input), { key, ...JOINED }, Buffer.from(signature, 'base64url')),
}

/** An algorithm by PyJWT's name; undefined for `none`, and for one that PyJWT does not know. */
export function algorithmOf(name: string): Signer | undefined {
  if (name === 'ES256K') return ES256K
  // PyJWT has the same algorithm under both names, and Ed25519 under its old one alone.
  const algorithm =
    name === 'Ed25519' ? undefined : ALGORITHMS.get(name === 'ES521' ? 'ES512' : name)
  return algorithm && { ...algorithm, fits: (key) => fits(algorithm, key) }
}

export const isAlgorithm = (name: unknown): boolean =>
  typeof name === 'string' && algorithmOf(name) !== undefined

/** The right family. A key that is too short is not kept away: tokens made with it are out there, and the other side only warns. */
function fits(algorithm: Algorithm, key: KeyObject): boolean {
  if (algorithm.symmetric) return key.type === 'secret'
  return algorithm.kty === 'RSA'
    ? key.asymmetricKeyType === 'rsa'
    : algorithm.keyError(key) === null
}

/** The key to sign or verify with, or null for material that is none for this algorithm. */
export function keyOf(
  algorithm: Signer,
  material: KeyMaterial,
  purpose: 'sign' | 'verify',
): KeyObject | null {
  try {
    const key = readMaterial(algorithm, material, purpose)
    return key !== null && algorithm.fits(key) ? key : null
  } catch {
    // The cause may quote the key.
    return null
  }
}

function readMaterial(
  { symmetric }: Signer,
  material: KeyMaterial,
  purpose: 'sign' | 'verify',
): KeyObject | null {
  if (typeof material === 'string' || material instanceof Uint8Array) {
    if (symmetric)
      return looksLikeKey(material) ? null : createSecretKey(Buffer.from(material as string))
    const pem = typeof material === 'string' ? material : Buffer.from(material)
    return purpose === 'sign' ? createPrivateKey(pem) : createPublicKey(pem)
  }
  if (purpose === 'sign') return material.type === 'public' ? null : material
  return material.type === 'private' ? createPublicKey(material) : material
}

/** A public key that everybody has would be everybody's secret: PEM, SSH, DER, a JWK, and nothing at all. */
function looksLikeKey(material: string | Uint8Array): boolean {
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
