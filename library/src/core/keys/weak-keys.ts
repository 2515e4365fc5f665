import type { KeyObject } from 'node:crypto'
import { publicMembers } from './public-members.ts'

/** The prime of Curve25519 (RFC 8032, section 5.1). */
const P = 2n ** 255n - 19n
/** The y of the points whose order divides 8; those of order 8 are `EIGHTH` and its opposite. */
const EIGHTH = 2707385501144840649318225287225658788936804267575313519463743609750303402022n
const SMALL_ORDER = new Set([0n, 1n, P - 1n, EIGHTH, P - EIGHTH])

/** An Ed25519 public key under which one signature fits every text, or that is written in a second way. */
export function hasSmallOrder(key: KeyObject): boolean {
  const bytes = Buffer.from(publicMembers(key).x!, 'base64url').toReversed()
  const y = BigInt(`0x${Buffer.from(bytes).toString('hex')}`) & (2n ** 255n - 1n)
  return y >= P || SMALL_ORDER.has(y)
}

/** The generator of ROCA, and small primes to know it by; 39 of them leave no room for chance. */
const GENERATOR = 65537
const PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
  103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
]

/**
 * An RSA key made by the faulty generator of ROCA (CVE-2017-15361): modulo every small prime its modulus is a power of 65537,
 * and the private key follows from the public one.
 */
export function isRocaKey(key: KeyObject): boolean {
  const modulus = BigInt(`0x${Buffer.from(publicMembers(key).n!, 'base64url').toString('hex')}`)
  return PRIMES.every((prime) => powersModulo(prime).has(Number(modulus % BigInt(prime))))
}

function powersModulo(prime: number): Set<number> {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * GENERATOR) % prime) powers.add(power)
  return powers
}

/** Random bytes have more different ones among 32 than this, even where they are written in hexadecimal. */
const FEWEST_BYTES = 8
/** How public keys begin: PEM, and JSON with a JWK or a JWKS in it. */
const PUBLIC = /^\s*(?:-----BEGIN |\{[^]*"(?:kty|keys)")/

/** What shows that a long enough secret is none, as the rest of a sentence; null where nothing does. */
export function secretError(secret: Buffer): string | null {
  if (PUBLIC.test(secret.toString('latin1'))) return 'must be random: a public key is no secret'
  return new Set(secret).size < FEWEST_BYTES ? 'must be random: it repeats itself' : null
}
