import { ALGORITHMS, type AlgorithmName } from '../core/algorithms.ts'
import { isObject, parseObject } from '../core/json.ts'
import type { Key } from '../core/keys.ts'
import { SECRET_MEMBERS } from '../core/keys/jwk.ts'
import { readKey } from '../core/keys/read-key.ts'

/** No set holds more keys. */
const MAX_KEYS = 50

/** `EdDSA` is for those who ask for it (RFC 9864). */
export const DEFAULT_ALGORITHMS: readonly AlgorithmName[] = [...ALGORITHMS.values()]
  .filter(({ name, symmetric }) => !symmetric && name !== 'EdDSA')
  .map(({ name }) => name)

export function isAlgorithms(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each) => DEFAULT_ALGORITHMS.includes(each) || each === 'EdDSA')
  )
}

/**
 * The keys of a JWKS by their `kid`. A key that we cannot use is left out (RFC 7517, section 5); a set that publishes a private or shared
 * key, or two keys of one name, is refused whole: nobody can say what else is wrong with it. Throws an `Error` that quotes nothing.
 */
export function readJwks(
  text: string,
  algorithms: readonly AlgorithmName[],
): ReadonlyMap<string, Key> {
  const set = parseObject(text)
  if (set === null || !Array.isArray(set.keys))
    throw new Error(
      'the keys are not a JWKS: one JSON object with an array "keys", and no name twice',
    )
  if (set.keys.length > MAX_KEYS) throw new Error(`the JWKS holds more than ${MAX_KEYS} keys`)
  const jwks: Array<Record<string, unknown>> = set.keys.filter(isObject)
  if (jwks.some((jwk) => jwk.kty === 'oct' || SECRET_MEMBERS.some((name) => name in jwk)))
    throw new Error('the JWKS publishes a private or a shared key')
  const keys = jwks.map((jwk) => readPublicKey(jwk, algorithms)).filter((key) => key !== null)
  const byId = new Map(keys.map((key) => [key.id, key]))
  if (byId.size !== keys.length) throw new Error('the JWKS holds two keys with the same "kid"')
  if (byId.size === 0)
    throw new Error(
      'the JWKS holds no key that can be used: each needs a "kid", and an "alg" that is allowed',
    )
  return byId
}

function readPublicKey(
  jwk: Record<string, unknown>,
  algorithms: readonly AlgorithmName[],
): Key | null {
  if (typeof jwk.kid !== 'string') return null
  const fitting = algorithms
    .filter((alg) => jwk.alg === undefined || jwk.alg === alg)
    .map((alg) => tryKey({ ...jwk, alg }))
  const [key = null, other] = fitting.filter((each) => each !== null)
  return other === undefined ? key : null
}

function tryKey(jwk: Record<string, unknown>): Key | null {
  try {
    return readKey(jwk, 'key')
  } catch {
    return null
  }
}
