import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import type { Jwk } from '../jwk.ts'

/** The members of a public key that make it what it is, in the order of RFC 7638, section 3. */
export function publicMembers(key: KeyObject): Jwk {
  const { crv, e, kty, n, x, y } = (
    key.asymmetricKeyType === 'rsa-pss' ? plainRsa(key) : key
  ).export({ format: 'jwk' })
  return JSON.parse(JSON.stringify({ crv, e, kty, n, x, y })) as Jwk
}

/** JWK thumbprint (RFC 7638): SHA-256 over those members, in base64url. */
export function thumbprint(key: KeyObject): string {
  return createHash('sha256')
    .update(JSON.stringify(publicMembers(key)))
    .digest('base64url')
}

/**
 * An RSA-PSS key without what binds it to PSS, which a JWK cannot say. Its SPKI is SEQUENCE { SEQUENCE algorithm, BIT STRING { RSAPublicKey } }
 * (RFC 5280, section 4.1), and the last is what we want.
 */
function plainRsa(key: KeyObject): KeyObject {
  const spki = key.export({ format: 'der', type: 'spki' })
  const algorithm = contentOf(spki, contentOf(spki, 0).start)
  const bitString = contentOf(spki, algorithm.end)
  // The first byte counts the unused bits, of which there are none.
  return createPublicKey({ key: spki.subarray(bitString.start + 1), format: 'der', type: 'pkcs1' })
}

/** Where the content of the DER value at `at` begins and ends. */
function contentOf(der: Buffer, at: number): { start: number; end: number } {
  const first = der[at + 1]!
  const lengthBytes = first < 0x80 ? 0 : first - 0x80
  const start = at + 2 + lengthBytes
  return { start, end: start + (lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes)) }
}
