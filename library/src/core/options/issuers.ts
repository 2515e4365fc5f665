import { isObject } from '../json.ts'
import { keyRing, type Key } from '../keys.ts'
import { readKey, type KeySource } from '../keys/read-key.ts'
import type { Awaitable } from '../store.ts'
import {
  validateShapes,
  isNonEmptyArray,
  isFunction,
  isNonEmptyString,
  type OptionShapes,
} from './validate.ts'
import type { Claims } from '../claims.ts'
import { TOKEN_TYPES } from '../token-kinds.ts'

export interface IssuerOptions {
  /** Others whose access tokens open routes here, each with keys of its own. Their tokens belong to no session: they live until they expire. */
  issuers?: readonly Issuer[]
}

/** Somebody else who makes access tokens for us (RFC 9068). */
export interface Issuer {
  /** Its claim `iss`, compared exactly. */
  issuer: string
  /** The claim `aud` by which its tokens are meant for us. */
  audience: string
  /** Its public keys, or `remoteKeys(url)` of `latchkey/remote-keys`, which fetches them. */
  keys: readonly KeySource[] | KeyFinder
  /** The `typ` of its access tokens; `at+jwt` (RFC 9068, section 2.1). Where it is `JWT`, only the audience tells them from its ID tokens. */
  typ?: string
  /** Our name for the one whom a token speaks of. Without it, `<issuer>#<sub>`: so no issuer's `ada` is yours, or another's. */
  identity?: (claims: Claims) => string
}

/** What `remoteKeys` of `latchkey/remote-keys` returns. Its members are internal. */
export interface KeyFinder {
  find(...args: never[]): unknown
  has(...args: never[]): boolean
}

/** A source of keys, as the check of a token uses it. `now` in milliseconds. */
export interface KeyLookup extends KeyFinder {
  /** The key of that name; null where there is none; undefined where that cannot be known now. Tells `failed` why. */
  find(
    kid: string,
    now: number,
    failed: (cause: unknown) => void,
  ): Awaitable<Key | null | undefined>
  /** Whether a key that was found before still counts, as far as is known without waiting. */
  has(key: Key, now: number): boolean
}

export type IssuerSetting = Required<Omit<Issuer, 'keys'>> & { keys: KeyLookup }

export interface IssuerSettings {
  issuers: ReadonlyMap<string, IssuerSetting>
}

export const ISSUER_SHAPES: OptionShapes<IssuerOptions> = {
  issuers: [
    (value) => isNonEmptyArray(value) && value.every(isObject),
    'an array of { issuer, audience, keys }',
  ],
}

const MEMBERS: OptionShapes<Issuer> = {
  issuer: [isNonEmptyString, 'a string that is not empty'],
  audience: [isNonEmptyString, 'a string that is not empty'],
  keys: [
    (value) =>
      isNonEmptyArray(value) ||
      (isObject(value) && isFunction(value.find) && isFunction(value.has)),
    'an array of public keys, or remoteKeys(…)',
  ],
  typ: [isNonEmptyString, 'a media type such as at+jwt'],
  identity: [isFunction, 'a function'],
}

export function readIssuers({
  issuers = [],
  issuer,
}: IssuerOptions & { issuer?: string }): IssuerSettings {
  const settings = issuers.map((each, index) => readIssuer(each, `option "issuers[${index}]"`))
  const names = [issuer, ...settings.map((each) => each.issuer)]
  if (new Set(names).size !== names.length)
    throw new TypeError('option "issuers" names an issuer twice, or the one of the option "issuer"')
  return { issuers: new Map(settings.map((each) => [each.issuer, Object.freeze(each)])) }
}

function readIssuer(given: Issuer, option: string): IssuerSetting {
  try {
    validateShapes(given, MEMBERS)
    const missing = (['issuer', 'audience', 'keys'] as const).find(
      (name) => given[name] === undefined,
    )
    if (missing !== undefined) throw new TypeError(`option "${missing}" is required`)
  } catch (error) {
    throw new TypeError(`${option}: ${(error as Error).message}`, { cause: error })
  }
  const {
    issuer,
    audience,
    keys,
    typ = TOKEN_TYPES.access,
    identity = ({ sub }) => `${issuer}#${sub}`,
  } = given
  return {
    issuer,
    audience,
    typ: typ.toLowerCase().replace(/^application\//, ''),
    identity,
    keys: isFinder(keys) ? (keys as KeyLookup) : finderOf(keys, option),
  }
}

const isFinder = (keys: Issuer['keys']): keys is KeyFinder => 'find' in keys && 'has' in keys

function finderOf(sources: readonly KeySource[], option: string): KeyLookup {
  const keys = sources.map((source, index) => readKey(source, `${option}.keys[${index}]`))
  const shared = keys.findIndex(({ signing }) => signing !== null)
  if (shared !== -1)
    throw new TypeError(
      `${option}.keys[${shared}] must be a public key: with a private or shared one we could speak for the issuer`,
    )
  const { byId } = keyRing(keys, `${option}.keys`)
  return { find: (kid) => byId.get(kid) ?? null, has: () => true }
}
