import { createPublicKey, createPrivateKey, createSecretKey, KeyObject } from 'node:crypto'
import { isObject } from '../core/json.ts'
import type { KeyMaterial } from './algorithms.ts'

/** A key as a callback may answer it: a secret, PEM, a JWK, a `KeyObject`, or these as the option `keys` takes them; null for anything else. */
export function materialOf(answer: unknown): KeyMaterial | null {
  if (typeof answer === 'string' || answer instanceof Uint8Array || answer instanceof KeyObject)
    return answer
  if (!isObject(answer)) return null
  if (answer.key instanceof KeyObject) return answer.key
  if (typeof answer.pem === 'string') return answer.pem
  try {
    if (answer.kty === 'oct') return createSecretKey(answer.k as string, 'base64url')
    const jwk = { key: answer, format: 'jwk' as const }
    return 'd' in answer ? createPrivateKey(jwk) : createPublicKey(jwk)
  } catch {
    return null
  }
}
