import { createHmac, sign, timingSafeEqual, verify, type KeyObject } from 'node:crypto'

/** One JWS algorithm (RFC 7518, section 3.1): which keys it takes, and how it signs and verifies. */
export interface Algorithm {
  name: string
  /** True: one secret signs and verifies, and it is never published. */
  symmetric: boolean
  /** What is wrong with a key for this algorithm, as the end of a sentence; null where it fits. */
  misfit(key: KeyObject): string | null
  /** The signature in base64url. */
  sign(key: KeyObject, input: string): string
  /** `signature` is base64url text that nobody has checked yet; only its one canonical form verifies. */
  verify(key: KeyObject, input: string, signature: string): boolean
}

function hmac(name: string, hash: string, bytes: number): Algorithm {
  const mac = (key: KeyObject, input: string) => createHmac(hash, key).update(input).digest('base64url')
  return {
    name,
    symmetric: true,
    misfit: (key) =>
      key.type === 'secret' && key.symmetricKeySize! >= bytes ? null : `needs a secret of at least ${bytes} bytes (RFC 7518, section 3.2)`,
    sign: mac,
    // Comparing the text, not the bytes, refuses every other spelling of the same signature.
    verify: (key, input, signature) => sameText(mac(key, input), signature),
  }
}

/** JWS wants R ‖ S, not DER (RFC 7518, section 3.4). */
const joined = (key: KeyObject) => ({ key, dsaEncoding: 'ieee-p1363' as const })

function ecdsa(name: string, hash: string, curve: string, bytes: number): Algorithm {
  return {
    name,
    symmetric: false,
    misfit: (key) =>
      key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === curve ? null : `needs an elliptic curve key on ${curve}`,
    sign: (key, input) => sign(hash, Buffer.from(input), joined(key)).toString('base64url'),
    verify(key, input, signature) {
      const raw = Buffer.from(signature, 'base64url')
      return raw.length === bytes && raw.toString('base64url') === signature && verify(hash, Buffer.from(input), joined(key), raw)
    },
  }
}

/** Equal texts, in a time that tells nothing of where they differ. */
export function sameText(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}

export const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map(
  [hmac('HS256', 'sha256', 32), ecdsa('ES256', 'sha256', 'prime256v1', 64)].map((algorithm) => [algorithm.name, algorithm]),
)
