import { keyFromJwk, keyFromSecret, secretBytes, type Key } from '../keys.ts'
import { refreshKey, type RefreshKey } from '../session/refresh-token.ts'
import { isFilled, type Shapes } from './shape.ts'

/** What signs and verifies. */
export interface KeyOptions {
  /** At least 32 bytes. Signs access tokens (HS256) unless `keys` are given, and refresh tokens always. Of several the first signs, all are accepted. */
  secret?: string | Uint8Array | ReadonlyArray<string | Uint8Array> | undefined
  /** Private JWKs with `alg`. The first signs access tokens; all are accepted; their public halves are published. */
  keys?: ReadonlyArray<object>
}

export interface KeySettings {
  keys: readonly Key[]
  signingKey: Key
  refreshKeys: readonly RefreshKey[]
}

export const KEY_SHAPES: Shapes<KeyOptions> = {
  secret: [(value) => typeof value === 'string' || value instanceof Uint8Array || isFilled(value), 'a string, bytes, or several of them'],
  keys: [isFilled, 'an array of at least one JWK'],
}

export function readKeys(options: KeyOptions & { store?: unknown }): KeySettings {
  const { secret = [] } = options
  const secrets = (typeof secret === 'string' || secret instanceof Uint8Array ? [secret] : secret).map((each) => secretBytes(each, 'option "secret"'))
  const keys = options.keys?.map((jwk, index) => keyFromJwk(jwk, `option "keys[${index}]"`)) ?? secrets.map(keyFromSecret)
  const signingKey = keys[0]
  if (signingKey === undefined) throw new TypeError('createAuth needs the option "secret" or "keys"')
  if (signingKey.signing === null) throw new TypeError('option "keys[0]" must be a private key: it signs')
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) throw new TypeError('option "keys" holds two keys with the same "kid"')
  if (options.store !== undefined && secrets.length === 0) throw new TypeError('option "store" needs the option "secret" too: it signs the refresh tokens')
  return { keys: Object.freeze(keys), signingKey, refreshKeys: Object.freeze(secrets.map(refreshKey)) }
}
