import { isObject } from '../json.ts'
import { indexIssuerKeys, readIssuerKey, type IssuerKey } from '../keys/issuer-keys.ts'
import type { KeySource } from '../keys/read-key.ts'
import type { Awaitable } from '../store.ts'
import {
  validateShapes,
  isBoolean,
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

/** The value of a claim that `requiredClaims` can require. */
export type ClaimValue = string | number | boolean

/** Another issuer of access tokens (RFC 9068). */
export interface Issuer {
  /**
   * The claim `iss` of its tokens. Must match exactly, except that `{tenantid}` stands for the
   * claim `tid` of the token: with it, every tenant of Microsoft Entra is accepted.
   */
  issuer: string
  /**
   * The audience that it names in tokens for this application, or several of which one must match.
   * Required, unless `dangerouslyAnyAudience` is set.
   */
  audience?: string | readonly string[]
  /** The claim that holds the audience, such as `client_id`. The default is `aud`. */
  audienceClaim?: string
  /**
   * Accepts tokens of this issuer that were made for other applications, or for none. Whoever
   * receives such a token can then use it here.
   */
  dangerouslyAnyAudience?: boolean
  /** Its public keys, or `remoteKeys(url)` from `latchkey/remote-keys`, which fetches them. */
  keys: readonly KeySource[] | KeyFinder
  /**
   * The `typ` of its access tokens. The default is `at+jwt` (RFC 9068, section 2.1). With `JWT`, a
   * token without `typ` is accepted too, and only audience and `requiredClaims` distinguish access
   * tokens from ID tokens.
   */
  typ?: string
  /**
   * Claims that a token must have, each with its value, or with an array of which one value is
   * enough. If the claim is an array, or a `scope` in one string, it must contain the value.
   */
  requiredClaims?: Readonly<Record<string, ClaimValue | readonly ClaimValue[]>>
  /** Accepts tokens without `exp`, which are then valid as long as the key is. */
  dangerouslyNoExpiry?: boolean
  /**
   * Maps a token to a local identity. The default is `<iss>#<sub>`: equal subjects of two issuers
   * are different users.
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
   * The keys that may have signed a token with this `kid`, or without one. Empty: there is none.
   * Undefined: that cannot be known now. `failed` is called with the cause if a fetch fails, and
   * for what is wrong with a set.
   */
  find(
    kid: string | null,
    now: number,
    failed: (cause: unknown) => void,
  ): Awaitable<readonly IssuerKey[] | undefined>
  /** Whether a key that was found before is still valid, as far as is known without a fetch. */
  has(key: IssuerKey, now: number): boolean
}

/** A checked issuer with its defaults. */
export interface IssuerSetting {
  /** May contain `{tenantid}`. */
  issuer: string
  /** Null: any. */
  audiences: readonly string[] | null
  audienceClaim: string
  /** In lower case, without `application/`. */
  typ: string
  requiredClaims: ReadonlyArray<readonly [name: string, values: readonly ClaimValue[]]>
  needsExpiry: boolean
  identity: (claims: Claims) => string
  keys: KeyLookup
  /** In milliseconds. */
  leeway: number
}

export interface IssuerSettings {
  /** By `issuer`. */
  issuers: ReadonlyMap<string, IssuerSetting>
}

export const ISSUER_SHAPES: OptionShapes<IssuerOptions> = {
  issuers: [
    (value) => isNonEmptyArray(value) && value.every(isObject),
    'an array of { issuer, audience, keys }',
  ],
}

const isClaimValue = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
const areClaims = (value: unknown): boolean =>
  isObject(value) &&
  Object.values(value).every((wanted) =>
    isNonEmptyArray(wanted) ? wanted.every(isClaimValue) : isClaimValue(wanted),
  )

const MEMBERS: OptionShapes<Issuer> = {
  issuer: [isNonEmptyString, 'a non-empty string'],
  audience: [
    (value) => isNonEmptyString(value) || (isNonEmptyArray(value) && value.every(isNonEmptyString)),
    'a non-empty string, or an array of them',
  ],
  audienceClaim: [isNonEmptyString, 'the name of a claim, such as client_id'],
  dangerouslyAnyAudience: [isBoolean, 'true or false'],
  keys: [
    (value) =>
      isNonEmptyArray(value) ||
      (isObject(value) && isFunction(value.find) && isFunction(value.has)),
    'an array of public keys, such as the member "keys" of a JWK set, or remoteKeys(…)',
  ],
  typ: [isNonEmptyString, 'a media type such as at+jwt'],
  requiredClaims: [
    areClaims,
    'an object of strings, numbers, booleans or arrays of them, by claim',
  ],
  dangerouslyNoExpiry: [isBoolean, 'true or false'],
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
    validateIssuer(options)
  } catch (error) {
    throw new TypeError(`${option}: ${(error as Error).message}`, { cause: error })
  }
  const { audience, keys, typ = TOKEN_TYPES.access, requiredClaims = {} } = options
  return {
    issuer: options.issuer,
    audiences:
      audience === undefined ? null : typeof audience === 'string' ? [audience] : [...audience],
    audienceClaim: options.audienceClaim ?? 'aud',
    typ: typ.toLowerCase().replace(/^application\//, ''),
    requiredClaims: Object.entries(requiredClaims).map(
      ([name, wanted]) => [name, Array.isArray(wanted) ? wanted : [wanted]] as const,
    ),
    needsExpiry: options.dangerouslyNoExpiry !== true,
    identity: options.identity ?? (({ iss, sub }) => `${iss}#${sub}`),
    keys: isKeyFinder(keys) ? (keys as KeyLookup) : staticKeys(keys, option),
  }
}

function validateIssuer(options: Issuer): void {
  validateShapes(options, MEMBERS)
  const missing = (['issuer', 'keys'] as const).find((name) => options[name] === undefined)
  if (missing !== undefined) throw new TypeError(`option "${missing}" is required`)
  const { audience, audienceClaim, dangerouslyAnyAudience = false } = options
  if (audience === undefined && !dangerouslyAnyAudience)
    throw new TypeError(
      'option "audience" is required. If its tokens have no "aud", set "audienceClaim" to the ' +
        'claim that names your application, or set "dangerouslyAnyAudience"',
    )
  if (dangerouslyAnyAudience && (audience ?? audienceClaim) !== undefined)
    throw new TypeError(
      'option "dangerouslyAnyAudience" cannot be combined with "audience" or "audienceClaim"',
    )
}

const isKeyFinder = (keys: Issuer['keys']): keys is KeyFinder => 'find' in keys && 'has' in keys

function staticKeys(sources: readonly KeySource[], option: string): KeyLookup {
  const keys = sources.map((source, index) => readIssuerKey(source, `${option}.keys[${index}]`))
  const notPublic = keys.findIndex((keys) => keys.some(({ key }) => key.signing !== null))
  if (notPublic !== -1)
    throw new TypeError(
      `${option}.keys[${notPublic}] must be a public key; only the issuer may have the private one`,
    )
  const set = indexIssuerKeys(keys.flat())
  return { find: (kid) => set.find(kid), has: () => true }
}
