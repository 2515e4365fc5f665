import { mapAwaitable } from './awaitable.ts'
import { runCallback, isThenable } from './check-callbacks.ts'
import type { Refusal } from './errors.ts'
import { decodeObject } from './json.ts'
import { MAX_TOKEN_LENGTH } from './jws.ts'
import { keyFromSecret, keyRing, secretBytes, type Key } from './keys.ts'
import { readKey, type KeySource } from './keys/read-key.ts'
import type { Callbacks } from './options/callbacks.ts'
import type { Settings } from './options.ts'
import type { Awaitable } from './store.ts'
import { verifyToken, type Claims, type VerifiedToken, type TokenFailure } from './access-token.ts'
import { createVerifiedCache } from './verified-cache.ts'

/** A key as the callbacks `encodeKey` and `decodeKey` answer it: a secret, or one of the forms that the option `keys` takes. */
export type CallbackKey = string | Uint8Array | KeySource

/** Keys that were read before: reading one takes longer than using it. */
const KNOWN = new Map<CallbackKey, Key>()
const REMEMBERED = 64

function keyFrom(answer: CallbackKey, option: string): Key {
  const known = KNOWN.get(answer)
  if (known !== undefined) return known
  const key =
    typeof answer === 'string' || answer instanceof Uint8Array
      ? keyFromSecret(secretBytes(answer, option))
      : readKey(answer, option)
  if (KNOWN.size >= REMEMBERED) KNOWN.clear()
  KNOWN.set(answer, key)
  return key
}

/** The key that signs the tokens of somebody. Throws what the callback throws. */
export function signingKeyFor(
  { callbacks: { encodeKey }, signingKey }: Settings,
  user: unknown,
): Awaitable<Key | null> {
  if (encodeKey === null) return signingKey
  const answer = encodeKey(user)
  return isThenable(answer) ? Promise.resolve(answer).then(encodingKey) : encodingKey(answer)
}

/** Reads a token with the key that the application has for it. What the callback gets is not verified yet. */
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
    const answer = decodeKey(header, claims as Claims)
    return isThenable(answer) ? Promise.resolve(answer).then(decodingKey) : decodingKey(answer)
  })
  return mapAwaitable(key, (found) => {
    if (found === null) return 'kid'
    return 'code' in found
      ? found
      : verifyToken(
          { ...settings, ring: keyRing([{ ...found, id: kid }], 'decodeKey'), verified: NO_MEMORY },
          token,
          settings.now(),
          options,
        )
  })
}

const encodingKey = (answer: CallbackKey): Key => keyFrom(answer, 'the answer of "encodeKey"')
const decodingKey = (answer: CallbackKey | null | undefined): Key | null =>
  answer === null || answer === undefined ? null : keyFrom(answer, 'the answer of "decodeKey"')

/** A key may have been taken back since the last time. */
const NO_MEMORY = createVerifiedCache<VerifiedToken>(0)
