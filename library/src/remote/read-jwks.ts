import { ALGORITHMS, type AlgorithmName } from '../core/algorithms.ts'
import { isObject, parseObject } from '../core/json.ts'
import type { Key } from '../core/keys.ts'
import { SECRET_MEMBERS } from '../core/keys/jwk.ts'
import { readKey } from '../core/keys/read-key.ts'

/** The most keys in a JWKS. */
const MAX_KEYS = 50

/** Without secrets, and without the deprecated name `EdDSA` (RFC 9864), which must be listed. */
export const DEFAULT_ALGORITHMS: readonly AlgorithmName[] = [...ALGORITHMS.values()]
  .filter(({ name, symmetric }) => !symmetric && name !== 'EdDSA')
  .map(({ name }) => name)

/** Whether a value is a list of asymmetric algorithms. */
export function isAlgorithms(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((name) => DEFAULT_ALGORITHMS.includes(name) || name === 'EdDSA')
  )
}

/**
 * The keys of a JWKS, by their `kid`. Keys that cannot be used are ignored (RFC 7517, section 5). A
 * set with a private key, a secret or a repeated `kid` is refused as a whole, because its other
 * keys cannot be trusted either. Throws an `Error` that quotes nothing of the text.
 */
export function readJwks(
  text: string,
  algorithms: readonly AlgorithmName[],
): ReadonlyMap<string, Key> {
  const set = parseObject(text)
  if (set === null || !Array.isArray(set.keys))
    throw new Error(
      'the response is not a JWKS: a JSON object with an array "keys" and no repeated names',
    )
  if (set.keys.length > MAX_KEYS) throw new Error(`the JWKS holds more than ${MAX_KEYS} keys`)
  const jwks: Array<Record<string, unknown>> = set.keys.filter(isObject)
  if (jwks.some((jwk) => jwk.kty === 'oct' || SECRET_MEMBERS.some((name) => name in jwk)))
    throw new Error('the JWKS contains a private key or a secret')
  const keys = jwks.map((jwk) => readPublicKey(jwk, algorithms)).filter((key) => key !== null)
  const byId = new Map(keys.map((key) => [key.id, key]))
  if (byId.size !== keys.length) throw new Error('the JWKS holds two keys with the same "kid"')
  if (byId.size === 0)
    throw new Error('the JWKS holds no usable key: each needs a "kid" and an allowed "alg"')
  return byId
}

/** A key with the one algorithm that fits it; null if none or several do. */
function readPublicKey(
  jwk: Record<string, unknown>,
  algorithms: readonly AlgorithmName[],
): Key | null {
  if (typeof jwk.kid !== 'string') return null
  const candidates = algorithms
    .filter((alg) => jwk.alg === undefined || jwk.alg === alg)
    .map((alg) => tryKey({ ...jwk, alg }))
  const usable = candidates.filter((key) => key !== null)
  return usable.length === 1 ? usable[0]! : null
}

function tryKey(jwk: Record<string, unknown>): Key | null {
  try {
    return readKey(jwk, 'key')
  } catch {
    return null
  }
}
