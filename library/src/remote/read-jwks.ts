import { ALGORITHMS, type AlgorithmName } from '../core/algorithms.ts'
import { isObject, parseObject } from '../core/json.ts'
import { readIssuerKey, type IssuerKey } from '../core/keys/issuer-keys.ts'
import { SECRET_MEMBERS } from '../core/keys/jwk.ts'
import { thumbprint } from '../core/keys/public-members.ts'

/** The most keys in a JWKS. */
const MAX_KEYS = 50

/** All algorithms that a key of another issuer may have: those without secrets. */
export const ISSUER_ALGORITHMS: readonly AlgorithmName[] = [...ALGORITHMS.values()]
  .filter(({ symmetric }) => !symmetric)
  .map(({ name }) => name)

/** Whether a value is a list of asymmetric algorithms. */
export function isAlgorithms(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((name) => ISSUER_ALGORITHMS.includes(name as AlgorithmName))
  )
}

/** The keys of a JWKS that can be used, and what is dangerously wrong with the others. */
export interface Jwks {
  keys: IssuerKey[]
  problems: Error[]
}

type JsonObject = Record<string, unknown>

const isSecret = (jwk: JsonObject): boolean =>
  jwk.kty === 'oct' || SECRET_MEMBERS.some((name) => name in jwk)

/**
 * Reads a JWKS. Keys that cannot be used are ignored one by one (RFC 7517, section 5). A key whose
 * private half was published is never used, and reported: anyone can sign with it. Throws an
 * `Error` that quotes nothing of the text.
 */
export function readJwks(text: string, algorithms?: readonly AlgorithmName[]): Jwks {
  const set = parseObject(text)
  if (set === null || !Array.isArray(set.keys))
    throw new Error(
      'the response is not a JWKS: a JSON object with an array "keys" and no repeated names',
    )
  if (set.keys.length > MAX_KEYS) throw new Error(`the JWKS holds more than ${MAX_KEYS} keys`)
  const jwks: JsonObject[] = set.keys.filter(isObject)
  const secrets = jwks.filter(isSecret)
  const published = new Set(secrets.flatMap((jwk) => readPublicHalf(jwk).map(identify)))
  const keys = jwks
    .filter((jwk) => !isSecret(jwk))
    .flatMap((jwk) => tryKey(jwk, algorithms))
    .filter((key) => !published.has(identify(key)))
  if (keys.length === 0)
    throw new Error(
      secrets.length > 0
        ? 'the JWKS publishes only private keys or secrets, which are not used'
        : 'the JWKS holds no usable key with an allowed algorithm',
    )
  return {
    keys: [...new Map(keys.map((key) => [nameOf(key), key])).values()],
    problems: secrets.map(
      () =>
        new Error(
          'the JWKS publishes a private key or a secret, which is not used: its issuer must ' +
            'replace it',
        ),
    ),
  }
}

const identify = ({ key }: IssuerKey): string => thumbprint(key.verifying)

/** Equal for one key that a set holds twice. */
const nameOf = (key: IssuerKey): string =>
  JSON.stringify([key.kid, key.issuer, key.key.algorithm.name, identify(key)])

function readPublicHalf(jwk: JsonObject): IssuerKey[] {
  const half = Object.entries(jwk).filter(
    ([name]) => name === 'kty' || /^(?:crv|[xyne])$/.test(name),
  )
  return tryKey(Object.fromEntries(half))
}

function tryKey(jwk: JsonObject, algorithms?: readonly AlgorithmName[]): IssuerKey[] {
  try {
    return readIssuerKey(jwk, 'key', algorithms)
  } catch {
    return []
  }
}
