import type { KeyObject } from 'node:crypto'
import { publicMembers } from './public-members.ts'

/** The prime of Curve25519 (RFC 8032, section 5.1). */
const P = 2n ** 255n - 19n
/** The y coordinate of a point of order 8. */
const ORDER_8_Y = 2707385501144840649318225287225658788936804267575313519463743609750303402022n
/** The y coordinates of all points whose order divides 8. */
const SMALL_ORDER_Y = new Set([0n, 1n, P - 1n, ORDER_8_Y, P - ORDER_8_Y])

/**
 * Whether an Ed25519 public key has small order, so that one signature can verify for every
 * message, or is not in its canonical encoding (RFC 8032, section 5.1.3).
 */
export function hasSmallOrder(key: KeyObject): boolean {
  const bytes = Buffer.from(publicMembers(key).x!, 'base64url').toReversed()
  const y = BigInt(`0x${Buffer.from(bytes).toString('hex')}`) & (2n ** 255n - 1n)
  return y >= P || SMALL_ORDER_Y.has(y)
}

/**
 * The base in the primes of ROCA keys, and small primes to detect it with. With 38 of them, a good
 * key does not match by chance.
 */
const ROCA_BASE = 65537
const PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
  103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
]

/**
 * Whether an RSA key was made by the faulty ROCA generator (CVE-2017-15361): the private key can be
 * computed from the public one. The modulus of such a key is a power of 65537 modulo every small
 * prime.
 */
export function isRocaKey(key: KeyObject): boolean {
  const modulus = BigInt(`0x${Buffer.from(publicMembers(key).n!, 'base64url').toString('hex')}`)
  return PRIMES.every((prime) => powersModulo(prime).has(Number(modulus % BigInt(prime))))
}

function powersModulo(prime: number): Set<number> {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * ROCA_BASE) % prime) powers.add(power)
  return powers
}

/** 32 random bytes have more distinct values than this, even in hexadecimal. */
const MIN_DISTINCT_BYTES = 8
/** The beginning of a public key: PEM, a JWK or a JWKS. */
const PUBLIC_KEY = /^\s*(?:-----BEGIN |\{[^]*"(?:kty|keys)")/

/** Why a secret is evidently not random, as the end of a sentence; null if it may be. */
export function secretError(secret: Buffer): string | null {
  if (PUBLIC_KEY.test(secret.toString('latin1'))) return 'must be random: this is a public key'
  return new Set(secret).size < MIN_DISTINCT_BYTES ? 'must be random: it repeats itself' : null
}
