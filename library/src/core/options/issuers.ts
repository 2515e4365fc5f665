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
  /**
   * Other issuers whose access tokens are accepted, each with its own keys. Such a token has no
   * session here: it is valid until it expires.
   */
  issuers?: readonly Issuer[]
}

/** Another issuer of access tokens (RFC 9068). */
export interface Issuer {
  /** The claim `iss` of its tokens. Must match exactly. */
  issuer: string
  /** The claim `aud` of the tokens that it makes for this application. */
  audience: string
  /** Its public keys, or `remoteKeys(url)` from `latchkey/remote-keys`, which fetches them. */
  keys: readonly KeySource[] | KeyFinder
  /**
   * The `typ` of its access tokens. The default is `at+jwt` (RFC 9068, section 2.1). If it is
   * `JWT`, only the audience distinguishes them from the issuer's ID tokens.
   */
  typ?: string
  /**
   * Maps a token to a local identity. The default is `<issuer>#<sub>`: equal subjects of two
   * issuers are different users.
   */
  identity?: (claims: Claims) => string
}

/** What `remoteKeys` of `latchkey/remote-keys` returns. Its members are internal. */
export interface KeyFinder {
  find(...args: never[]): unknown
  has(...args: never[]): boolean
}

/** A source of keys, as the check of a token uses it. `now` in milliseconds. */
export interface KeyLookup extends KeyFinder {
  /**
   * The key with this `kid`. Null: there is none. Undefined: the keys cannot be fetched; `failed`
   * is called with the cause.
   */
  find(
    kid: string,
    now: number,
    failed: (cause: unknown) => void,
  ): Awaitable<Key | null | undefined>
  /** Whether a key that was found before is still valid, as far as is known without a fetch. */
  has(key: Key, now: number): boolean
}

export type IssuerSetting = Required<Omit<Issuer, 'keys'>> & { keys: KeyLookup; leeway: number }

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
  issuer: [isNonEmptyString, 'a non-empty string'],
  audience: [isNonEmptyString, 'a non-empty string'],
  keys: [
    (value) =>
      isNonEmptyArray(value) ||
      (isObject(value) && isFunction(value.find) && isFunction(value.has)),
    'an array of public keys, or remoteKeys(…)',
  ],
  typ: [isNonEmptyString, 'a media type such as at+jwt'],
  identity: [isFunction, 'a function'],
}

/** Reads the trusted issuers. Throws a `TypeError` that names the invalid one. */
export function readIssuers({
  issuers = [],
  issuer,
  leeway = 0,
}: IssuerOptions & { issuer?: string; leeway?: number }): IssuerSettings {
  const settings = issuers.map((options, index) => ({
    ...readIssuer(options, `option "issuers[${index}]"`),
    leeway: leeway * 1000,
  }))
  const names = [issuer, ...settings.map(({ issuer }) => issuer)]
  if (new Set(names).size !== names.length)
    throw new TypeError('option "issuers" names an issuer twice, or the one in the option "issuer"')
  return { issuers: new Map(settings.map((setting) => [setting.issuer, Object.freeze(setting)])) }
}

function readIssuer(options: Issuer, option: string): Omit<IssuerSetting, 'leeway'> {
  try {
    validateShapes(options, MEMBERS)
    const missing = (['issuer', 'audience', 'keys'] as const).find(
      (name) => options[name] === undefined,
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
  } = options
  return {
    issuer,
    audience,
    typ: typ.toLowerCase().replace(/^application\//, ''),
    identity,
    keys: isKeyFinder(keys) ? (keys as KeyLookup) : staticKeys(keys, option),
  }
}

const isKeyFinder = (keys: Issuer['keys']): keys is KeyFinder => 'find' in keys && 'has' in keys

function staticKeys(sources: readonly KeySource[], option: string): KeyLookup {
  const keys = sources.map((source, index) => readKey(source, `${option}.keys[${index}]`))
  const notPublic = keys.findIndex(({ signing }) => signing !== null)
  if (notPublic !== -1)
    throw new TypeError(
      `${option}.keys[${notPublic}] must be a public key; only the issuer may have the private one`,
    )
  const { byId } = keyRing(keys, `${option}.keys`)
  return { find: (kid) => byId.get(kid) ?? null, has: () => true }
}
