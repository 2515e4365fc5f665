import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import type { Jwk } from '../jwk.ts'

/** The required members of a public key as a JWK, in the order of RFC 7638, section 3. */
export function publicMembers(key: KeyObject): Jwk {
  const { crv, e, kty, n, x, y } = (
    key.asymmetricKeyType === 'rsa-pss' ? plainRsa(key) : key
  ).export({ format: 'jwk' })
  return JSON.parse(JSON.stringify({ crv, e, kty, n, x, y })) as Jwk
}

/** The JWK thumbprint (RFC 7638): SHA-256 of those members, in base64url. */
export function thumbprint(key: KeyObject): string {
  return createHash('sha256')
    .update(JSON.stringify(publicMembers(key)))
    .digest('base64url')
}

/**
 * An RSA-PSS key as a plain RSA key: a JWK cannot express the restriction to PSS, so Node refuses
 * to export it. The SPKI is SEQUENCE { SEQUENCE algorithm, BIT STRING { RSAPublicKey } } (RFC 5280,
 * section 4.1); this extracts the RSAPublicKey.
 */
function plainRsa(key: KeyObject): KeyObject {
  const spki = key.export({ format: 'der', type: 'spki' })
  const algorithm = contentOf(spki, contentOf(spki, 0).start)
  const bitString = contentOf(spki, algorithm.end)
  // The first byte of a BIT STRING is the number of unused bits, here 0.
  return createPublicKey({ key: spki.subarray(bitString.start + 1), format: 'der', type: 'pkcs1' })
}

/** Start and end of the content of the DER value at offset `at`. */
function contentOf(der: Buffer, at: number): { start: number; end: number } {
  const first = der[at + 1]!
  const lengthBytes = first < 0x80 ? 0 : first - 0x80
  const start = at + 2 + lengthBytes
  return { start, end: start + (lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes)) }
}
