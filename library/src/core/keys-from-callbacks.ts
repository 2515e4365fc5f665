import { isBytes } from './bytes.ts'
import { verifyToken } from './access-token.ts'
import { mapAwaitable } from './awaitable.ts'
import { isThenable, runCallback } from './token-check-callbacks.ts'
import type { Claims, VerifiedToken } from './claims.ts'
import type { Refusal } from './errors.ts'
import { decodeObject } from './json.ts'
import { MAX_TOKEN_LENGTH } from './jws.ts'
import { keyFromSecret, keyRing, secretBytes, type Key } from './keys.ts'
import { readKey, type CallbackKey } from './keys/read-key.ts'
import type { Callbacks } from './options/callbacks.ts'
import type { Settings } from './options.ts'
import type { Awaitable } from './store.ts'
import type { TokenFailure } from './token-errors.ts'
import { createVerifiedCache } from './verified-cache.ts'

/**
 * Parsed keys by the value that the callback returned. Parsing a key takes longer than using it.
 */
const PARSED_KEYS = new Map<CallbackKey, Key>()
const MAX_PARSED_KEYS = 64

/** Turns off the cache of verified tokens: the application may have withdrawn the key meanwhile. */
const NO_CACHE = createVerifiedCache<VerifiedToken>(0)

function parseKey(value: CallbackKey, option: string): Key {
  const parsed = PARSED_KEYS.get(value)
  if (parsed !== undefined) return parsed
  const key =
    typeof value === 'string' || isBytes(value)
      ? keyFromSecret(secretBytes(value, option))
      : readKey(value, option)
  if (PARSED_KEYS.size >= MAX_PARSED_KEYS) PARSED_KEYS.clear()
  PARSED_KEYS.set(value, key)
  return key
}

/** The key that signs the tokens of a user. Throws or rejects with the callback's own error. */
export function signingKeyFor(
  { callbacks: { encodeKey }, signingKey }: Settings,
  user: unknown,
): Awaitable<Key | null> {
  if (encodeKey === null) return signingKey
  const value = encodeKey(user)
  return isThenable(value) ? Promise.resolve(value).then(parseEncodeKey) : parseEncodeKey(value)
}

/**
 * Verifies a token with the key from `decodeKey`. The callback sees header and claims unverified.
 */
export function verifyWithCallbackKey(
  settings: Settings,
  decodeKey: NonNullable<Callbacks['decodeKey']>,
  token: string,
  options?: { allowExpired?: boolean },
): Awaitable<VerifiedToken | TokenFailure | Refusal> {
  if (token.length > MAX_TOKEN_LENGTH) return 'size'
  const [headerPart, payloadPart] = token.split('.') as [string, string?]
  const header = decodeObject(headerPart)
  const claims = decodeObject(payloadPart ?? '')
  if (header === null || typeof header.kid !== 'string') return header === null ? 'header' : 'kid'
  if (claims === null) return 'payload'
  const { kid } = header
  const key = runCallback(settings, 'decodeKey', () => {
    const value = decodeKey(header, claims as Claims)
    return isThenable(value) ? Promise.resolve(value).then(parseDecodeKey) : parseDecodeKey(value)
  })
  return mapAwaitable(key, (key) => {
    if (key === null) return 'kid'
    const ring = keyRing([{ ...key, id: kid }], 'decodeKey')
    return verifyToken({ ...settings, ring, verified: NO_CACHE }, token, settings.now(), options)
  })
}

const parseEncodeKey = (value: CallbackKey): Key => parseKey(value, 'the result of "encodeKey"')
const parseDecodeKey = (value: CallbackKey | null | undefined): Key | null =>
  value === null || value === undefined ? null : parseKey(value, 'the result of "decodeKey"')
