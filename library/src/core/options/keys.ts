import { keyFromSecret, keyRing, secretBytes, type Key, type KeyRing } from '../keys.ts'
import { readKey, type KeySource } from '../keys/read-key.ts'
import { refreshKey, type RefreshKey } from '../session/refresh-token.ts'
import { createVerifiedCache, type VerifiedCache } from '../verified-cache.ts'
import { isNonEmptyArray, type OptionShapes } from './validate.ts'
import type { VerifiedToken } from '../claims.ts'

/** What signs and verifies. */
export interface KeyOptions {
  /** At least 32 bytes. Signs access tokens (HS256) unless `keys` are given, and refresh tokens always. Of several the first signs, all are accepted. */
  secret?: string | Uint8Array | ReadonlyArray<string | Uint8Array> | undefined
  /**
   * JWKs, PEM or `KeyObject`s, each with its `alg`. The first signs access tokens; all are accepted; their public halves are published.
   * Where the first is a public key, tokens are verified here and made elsewhere.
   */
  keys?: readonly KeySource[]
  /** Bytes of memory for tokens that were verified before, which then need no mathematics again; 2 MiB. With 0 none is kept. */
  verifiedBytes?: number
}

export interface KeySettings {
  keys: readonly Key[]
  /** The same, by what a token says. */
  ring: KeyRing
  /** Null where tokens are only verified. */
  signingKey: Key | null
  verified: VerifiedCache<VerifiedToken>
  verifiedBytes: number
  refreshKeys: readonly RefreshKey[]
}

export const KEY_SHAPES: OptionShapes<KeyOptions> = {
  secret: [
    (value) => typeof value === 'string' || value instanceof Uint8Array || isNonEmptyArray(value),
    'a string, bytes, or several of them',
  ],
  keys: [isNonEmptyArray, 'an array of at least one key'],
  verifiedBytes: [
    (value) => Number.isSafeInteger(value) && (value as number) >= 0,
    'a number of bytes, or 0',
  ],
}

const VERIFIED_BYTES = 2 * 1024 * 1024

export function readKeys(
  options: KeyOptions & { store?: unknown; issuers?: unknown; decodeKey?: unknown },
): KeySettings {
  const { secret = [], verifiedBytes = VERIFIED_BYTES } = options
  const secrets = (
    typeof secret === 'string' || secret instanceof Uint8Array ? [secret] : secret
  ).map((each) => secretBytes(each, 'option "secret"'))
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
        'option "store" needs the option "secret" too: it signs the refresh tokens',
      )
    if (signingKey === null)
      throw new TypeError('option "keys[0]" must be a private key: with a store it signs')
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
