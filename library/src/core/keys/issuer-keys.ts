import { ALGORITHMS, type AlgorithmName } from '../algorithms.ts'
import type { Key } from '../keys.ts'
import { keyMembers, readKey } from './read-key.ts'

/** A public key of another issuer, as its set describes it. */
export interface IssuerKey {
  key: Key
  /** Null: the set gives it no `kid`, so it may have signed any token. */
  kid: string | null
  /**
   * The member `issuer` of its JWK: the only issuer that it signs for, perhaps with `{tenantid}`.
   * Sets for many tenants have it. Null if there is none.
   */
  issuer: string | null
}

/** The keys of another issuer, to look up by the `kid` of a token. */
export interface IssuerKeys {
  /**
   * The keys that may have signed a token with this `kid`; all of them for a token without one
   * (RFC 7515, section 4.1.4). Empty if there is none.
   */
  find(kid: string | null): readonly IssuerKey[]
  /** Whether this very key is in the set. */
  has(key: IssuerKey): boolean
}

/** Indexes the keys of a set. */
export function indexIssuerKeys(keys: readonly IssuerKey[]): IssuerKeys {
  const withoutKid = keys.filter(({ kid }) => kid === null)
  const byKid = new Map<string, IssuerKey[]>()
  for (const key of keys)
    if (key.kid !== null) byKid.set(key.kid, [...(byKid.get(key.kid) ?? []), key])
  const all = new Set(keys)
  return {
    find: (kid) => (kid === null ? keys : (byKid.get(kid) ?? withoutKid)),
    has: (key) => all.has(key),
  }
}

/**
 * Reads a key of another issuer, once for each algorithm that its tokens may name. A JWK without
 * `alg` has the usual one of its type. Throws as `readKey` does.
 */
export function readIssuerKey(
  source: unknown,
  option: string,
  algorithms?: readonly AlgorithmName[],
): IssuerKey[] {
  const members = keyMembers(source, option)
  const kid = typeof members.kid === 'string' ? members.kid : null
  const issuer = typeof members.issuer === 'string' ? members.issuer : null
  return algorithmNames(members, algorithms).map((alg) => ({
    key: readKey({ ...members, alg }, option),
    kid,
    issuer,
  }))
}

const BY_CURVE: Readonly<Record<string, AlgorithmName>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
}
/** Two names of one algorithm (RFC 9864, section 2.2). */
const EDWARDS: readonly AlgorithmName[] = ['Ed25519', 'EdDSA']

/** The algorithms of a public key. `allowed` is what the application has chosen, if it has. */
function algorithmNames(
  { alg, kty, crv }: Record<string, unknown>,
  allowed?: readonly AlgorithmName[],
): readonly unknown[] {
  const isPossible = (name: AlgorithmName) => allowed === undefined || allowed.includes(name)
  if (alg === undefined && kty === 'RSA')
    return allowed?.filter((name) => ALGORITHMS.get(name)!.kty === 'RSA') ?? ['RS256']
  if (alg === undefined && kty === 'EC')
    return [BY_CURVE[crv as string]].filter((name) => name === undefined || isPossible(name))
  if (kty === 'OKP' && (alg === undefined || EDWARDS.includes(alg as AlgorithmName)))
    return EDWARDS.filter(isPossible)
  return isPossible(alg as AlgorithmName) ? [alg] : []
}
