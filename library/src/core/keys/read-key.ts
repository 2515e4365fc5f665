import { isBytes } from '../bytes.ts'
import { createPublicKey, KeyObject } from 'node:crypto'
import { ALGORITHMS, type Algorithm, type AlgorithmName } from '../algorithms.ts'
import { isObject } from '../json.ts'
import type { Jwk } from '../jwk.ts'
import { createKey, secretId, type Key } from '../keys.ts'
import { keyFromJwk } from './jwk.ts'
import { parsePem } from './pem.ts'
import { thumbprint } from './public-members.ts'

/**
 * A key of the application: a JWK with `alg` (RFC 7517) or its JSON text, PEM, or a `KeyObject`. A
 * private key signs, and its public half verifies. Without `kid`, the JWK thumbprint (RFC 7638)
 * takes its place.
 */
export type KeySource =
  | Jwk
  | { pem: string | Uint8Array; alg: AlgorithmName; kid?: string }
  | { key: KeyObject; alg: AlgorithmName; kid?: string }
  | string
  | Uint8Array

/**
 * A key that `encodeKey` or `decodeKey` returns: a form that the option `keys` takes, except that
 * text or bytes are a secret.
 */
export type CallbackKey = KeySource

const MAX_ID_LENGTH = 128

/**
 * Reads a key in any form. Throws a `TypeError` that names the option, without any key material.
 */
export function readKey(source: unknown, option: string): Key {
  const members = keyMembers(source, option)
  const algorithm = typeof members.alg === 'string' ? ALGORITHMS.get(members.alg) : undefined
  if (algorithm === undefined)
    throw new TypeError(`${option}.alg must be one of ${[...ALGORITHMS.keys()].join(', ')}`)
  const { kid } = members
  if (
    kid !== undefined &&
    (typeof kid !== 'string' || kid.length === 0 || kid.length > MAX_ID_LENGTH)
  ) {
    throw new TypeError(`${option}.kid must be a string of 1 to ${MAX_ID_LENGTH} characters`)
  }
  return toKey(parseSource(members, algorithm, option), algorithm, kid, option)
}

/**
 * The source as an object with members. A text must be a JWK in JSON. Throws as `readKey` does.
 */
export function keyMembers(source: unknown, option: string): Record<string, unknown> {
  const value = typeof source === 'string' || isBytes(source) ? parse(source) : source
  const problem = isObject(value) ? containerError(value) : typeof value === 'string' ? value : ''
  if (problem === null) return value as Record<string, unknown>
  throw new TypeError(`${option} ${problem || 'must be a JWK, { pem, alg } or { key, alg }'}`)
}

/** The object in a JSON text, or the end of a sentence that says what the text is instead. */
function parse(source: string | Uint8Array): unknown {
  const text = Buffer.from(source as string).toString()
  if (text.includes('-----BEGIN ')) return 'is PEM: pass it as { pem, alg }'
  try {
    return JSON.parse(text)
  } catch {
    return ''
  }
}

/** What an object with no key of its own is, as the end of a sentence; null if it may be a key. */
function containerError(source: Record<string, unknown>): string | null {
  if (source instanceof KeyObject) return 'is a KeyObject: pass it as { key, alg }'
  if (source[Symbol.toStringTag as never] === 'CryptoKey')
    return 'is a CryptoKey: pass it as { key: KeyObject.from(cryptoKey), alg }'
  if ('privateKey' in source && 'publicKey' in source)
    return 'is a key pair: pass its private key as { key: privateKey, alg }'
  if (Array.isArray(source.keys))
    return 'is a JWK set: list the JWKs in its member "keys" one by one'
  return null
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
  if (form === 'pem') return parsePem(source.pem, `${option}.pem`)
  if (source.key instanceof KeyObject) return source.key
  throw new TypeError(
    typeof source.key === 'string' || isBytes(source.key)
      ? `${option}.key must be a KeyObject; pass text or bytes as { pem, alg }`
      : `${option}.key must be a KeyObject of node:crypto; ` +
          'convert a CryptoKey with KeyObject.from(…)',
  )
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
