import { isBytes } from '../bytes.ts'
import { keyFromSecret, keyRing, secretBytes, type Key, type KeyRing } from '../keys.ts'
import { readKey, type KeySource } from '../keys/read-key.ts'
import { refreshKey, type RefreshKey } from '../session/refresh-token.ts'
import { createVerifiedCache, type VerifiedCache } from '../verified-cache.ts'
import { isNonEmptyArray, type OptionShapes } from './validate.ts'
import type { VerifiedToken } from '../claims.ts'

/** The keys that sign and verify tokens. */
export interface KeyOptions {
  /**
   * At least 32 random bytes, or several such secrets: the first signs, all verify. It signs access
   * tokens (HS256) unless there are `keys`. The refresh tokens of sessions are always signed with
   * it.
   */
  secret?: string | Uint8Array | ReadonlyArray<string | Uint8Array> | undefined
  /**
   * JWKs, PEM or `KeyObject`s, each with its `alg`. The first signs access tokens, all verify them,
   * and the public keys are published. If the first is a public key, tokens are only verified here.
   */
  keys?: readonly KeySource[]
  /**
   * The size of the cache of verified tokens, in bytes. The default is 2 MiB. With 0, each
   * signature is verified every time.
   */
  verifiedBytes?: number
}

export interface KeySettings {
  keys: readonly Key[]
  /** The same keys, indexed for verification. */
  ring: KeyRing
  /** Null if tokens are only verified here. */
  signingKey: Key | null
  verified: VerifiedCache<VerifiedToken>
  verifiedBytes: number
  refreshKeys: readonly RefreshKey[]
}

export const KEY_SHAPES: OptionShapes<KeyOptions> = {
  secret: [
    (value) => typeof value === 'string' || isBytes(value) || isNonEmptyArray(value),
    'a string, bytes, or several of them',
  ],
  keys: [isNonEmptyArray, 'an array of at least one key'],
  verifiedBytes: [
    (value) => Number.isSafeInteger(value) && (value as number) >= 0,
    'a number of bytes, or 0',
  ],
}

const DEFAULT_VERIFIED_BYTES = 2 * 1024 * 1024

/** Reads the keys. Throws a `TypeError` that names the invalid option, without key material. */
export function readKeys(
  options: KeyOptions & { store?: unknown; issuers?: unknown; decodeKey?: unknown },
): KeySettings {
  const { secret = [], verifiedBytes = DEFAULT_VERIFIED_BYTES } = options
  const secrets = (typeof secret === 'string' || isBytes(secret) ? [secret] : secret).map(
    (secret) => secretBytes(secret, 'option "secret"'),
  )
  const keys =
    options.keys?.map((source, index) => readKey(source, `option "keys[${index}]"`)) ??
    secrets.map(keyFromSecret)
  const first = keys[0]
  if (first === undefined && (options.issuers ?? options.decodeKey) === undefined)
    throw new TypeError('createAuth needs the option "secret" or "keys"')
  const signingKey = first?.signing ? first : null
  if (options.store !== undefined) {
    if (secrets.length === 0)
      throw new TypeError(
        'option "store" also needs the option "secret", which signs the refresh tokens',
      )
    if (signingKey === null)
      throw new TypeError(
        'option "keys[0]" must be a private key: with a store, it signs the access tokens',
      )
  }
  return {
    keys: Object.freeze(keys),
    ring: keyRing(keys, 'option "keys"'),
    signingKey,
    refreshKeys: Object.freeze(secrets.map(refreshKey)),
    verified: createVerifiedCache(verifiedBytes),
    verifiedBytes,
  }
}
