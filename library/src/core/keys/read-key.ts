import { createPrivateKey, createPublicKey, KeyObject } from 'node:crypto'
import { ALGORITHMS, type Algorithm, type AlgorithmName } from '../algorithms.ts'
import { isObject } from '../json.ts'
import type { Jwk } from '../jwk.ts'
import { createKey, secretId, type Key } from '../keys.ts'
import { keyFromJwk } from './jwk.ts'
import { thumbprint } from './public-members.ts'

/**
 * A key of the application: a JWK with `alg` (RFC 7517), PEM, or a `KeyObject`. A private key
 * signs, and its public half verifies. Without `kid`, the JWK thumbprint (RFC 7638) takes its
 * place.
 */
export type KeySource =
  | Jwk
  | { pem: string; alg: AlgorithmName; kid?: string }
  | { key: KeyObject; alg: AlgorithmName; kid?: string }

/**
 * A key that `encodeKey` or `decodeKey` returns: a secret, or a form that the option `keys` takes.
 */
export type CallbackKey = string | Uint8Array | KeySource

const MAX_ID_LENGTH = 128

/**
 * Reads a key in any form. Throws a `TypeError` that names the option, without any key material.
 */
export function readKey(source: unknown, option: string): Key {
  if (!isObject(source))
    throw new TypeError(`${option} must be a JWK, { pem, alg } or { key, alg }`)
  const algorithm = typeof source.alg === 'string' ? ALGORITHMS.get(source.alg) : undefined
  if (algorithm === undefined)
    throw new TypeError(`${option}.alg must be one of ${[...ALGORITHMS.keys()].join(', ')}`)
  const { kid } = source
  if (
    kid !== undefined &&
    (typeof kid !== 'string' || kid.length === 0 || kid.length > MAX_ID_LENGTH)
  ) {
    throw new TypeError(`${option}.kid must be a string of 1 to ${MAX_ID_LENGTH} characters`)
  }
  return toKey(parseSource(source, algorithm, option), algorithm, kid, option)
}

function parseSource(
  source: Record<string, unknown>,
  algorithm: Algorithm,
  option: string,
): KeyObject {
  const form = 'pem' in source ? 'pem' : 'key' in source ? 'key' : null
  if (form === null) return keyFromJwk(source, algorithm, option)
  const unknown = Object.keys(source).find((name) => ![form, 'alg', 'kid'].includes(name))
  if (unknown !== undefined)
    throw new TypeError(
      `${option} has an unknown member "${unknown}"; the members are ${form}, alg and kid`,
    )
  if (form === 'pem') return parsePem(source.pem, option)
  if (source.key instanceof KeyObject) return source.key
  throw new TypeError(
    `${option}.key must be a KeyObject of node:crypto; convert a CryptoKey with KeyObject.from(…)`,
  )
}

/**
 * Reads PKCS#8, PKCS#1, SEC 1 or SPKI. A certificate is refused, because its validity and issuer
 * would not be checked.
 */
function parsePem(pem: unknown, option: string): KeyObject {
  const labels =
    typeof pem === 'string'
      ? [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map((match) => match[1]!)
      : []
  const label = labels[0]
  if (
    label === undefined ||
    labels.length > 1 ||
    !/^(?:(?:RSA |EC )?PRIVATE KEY|(?:RSA )?PUBLIC KEY)$/.test(label)
  ) {
    throw new TypeError(
      `${option}.pem must be one PEM block, "PRIVATE KEY" or "PUBLIC KEY", without a passphrase`,
    )
  }
  try {
    return label.endsWith('PRIVATE KEY')
      ? createPrivateKey(pem as string)
      : createPublicKey(pem as string)
  } catch {
    // No `cause`: its message may quote the key.
    throw new TypeError(`${option}.pem is not a key that can be read`)
  }
}

function toKey(
  material: KeyObject,
  algorithm: Algorithm,
  kid: string | undefined,
  option: string,
): Key {
  const verifying = material.type === 'private' ? createPublicKey(material) : material
  const error = algorithm.keyError(verifying)
  if (error !== null) throw new TypeError(`${option}: ${algorithm.name} ${error}`)
  const signing = material.type === 'public' ? null : material
  if (signing !== null && !isPair(algorithm, signing, verifying))
    throw new TypeError(`${option}: its private half does not match its public half`)
  const id = kid ?? (algorithm.symmetric ? secretId(material.export()) : thumbprint(verifying))
  return createKey({ id, algorithm, signing, verifying })
}

/** Whether the halves belong together: signs and verifies once, to fail at start-up, not later. */
function isPair(algorithm: Algorithm, signing: KeyObject, verifying: KeyObject): boolean {
  try {
    return algorithm.verify(verifying, 'latchkey', algorithm.sign(signing, 'latchkey'))
  } catch {
    return false
  }
}
