import { createPublicKey, createPrivateKey, createSecretKey, KeyObject } from 'node:crypto'
import { isObject } from '../core/json.ts'
import type { KeyMaterial } from './algorithms.ts'

/**
 * Reads the key that a callback returned: a secret, PEM, a JWK, a `KeyObject`, or an object with
 * one of them as in the option `keys`. Returns null for anything else.
 */
export function toKeyMaterial(returned: unknown): KeyMaterial | null {
  if (
    typeof returned === 'string' ||
    returned instanceof Uint8Array ||
    returned instanceof KeyObject
  )
    return returned
  if (!isObject(returned)) return null
  if (returned.key instanceof KeyObject) return returned.key
  if (typeof returned.pem === 'string') return returned.pem
  try {
    if (returned.kty === 'oct') return createSecretKey(returned.k as string, 'base64url')
    const jwk = { key: returned, format: 'jwk' as const }
    return 'd' in returned ? createPrivateKey(jwk) : createPublicKey(jwk)
  } catch {
    return null
  }
}
