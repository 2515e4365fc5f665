import type { KeyObject } from 'node:crypto'
import { mapAwaitable } from '../core/awaitable.ts'
import type { Settings } from '../core/options.ts'
import type { Awaitable } from '../core/store.ts'
import { findAlgorithm, toKey, type FlaskAlgorithm } from './algorithms.ts'
import type { FlaskSettings } from './config.ts'
import { toKeyMaterial } from './key-material.ts'

/** Finds the key that signs a token for this user. */
export type FindSigningKey = (
  user: unknown,
) => Awaitable<{ algorithm: FlaskAlgorithm; key: KeyObject }>

/** Secrets (in bytes) and RSA keys (in bits) below this cause a warning (RFC 7518, section 3). */
const MIN_SECRET_BYTES = { HS256: 32, HS384: 48, HS512: 64 } as Record<string, number | undefined>
const MIN_RSA_BITS = 2048

/**
 * Checks the keys at start-up, and returns the function that finds the signing key. Throws a
 * `TypeError` with the message of Flask-JWT-Extended. A service that only verifies needs no private
 * key: then creating a token throws.
 */
export function signingKeyFinder(config: FlaskSettings, { callbacks }: Settings): FindSigningKey {
  const { JWT_ALGORITHM: name } = config
  const algorithm = findAlgorithm(name)!
  if (callbacks.decodeKey === null) checkVerifyingKey(config, name, algorithm)
  const { encodeKey } = callbacks
  if (encodeKey === null) {
    const key = configuredSigningKey(config, name, algorithm)
    return () => {
      if (key === null) throw missingKey('JWT_PRIVATE_KEY', name)
      return { algorithm, key }
    }
  }
  return (user) =>
    mapAwaitable(encodeKey(user), (returned) => {
      const material = toKeyMaterial(returned)
      const key = material === null ? null : toKey(algorithm, material, 'sign')
      if (key === null) throw new TypeError(unsuitableKey('encodeKey', name))
      return { algorithm, key }
    })
}

function checkVerifyingKey(config: FlaskSettings, name: string, algorithm: FlaskAlgorithm): void {
  const { symmetric } = algorithm
  const material = symmetric ? config.JWT_SECRET_KEY || config.SECRET_KEY : config.JWT_PUBLIC_KEY
  if (!material) {
    if (!symmetric) throw missingKey('JWT_PUBLIC_KEY', name)
    throw new TypeError(
      `JWT_SECRET_KEY or flask SECRET_KEY must be set when using symmetric algorithm "${name}"; ` +
        'or give createAuth the callback decodeKey',
    )
  }
  const key = toKey(algorithm, material, 'verify')
  if (key === null)
    throw new TypeError(unsuitableKey(symmetric ? 'JWT_SECRET_KEY' : 'JWT_PUBLIC_KEY', name))
  warnIfShort(name, key)
}

/** The configured key, or null if there is none. */
function configuredSigningKey(
  config: FlaskSettings,
  name: string,
  algorithm: FlaskAlgorithm,
): KeyObject | null {
  const { symmetric } = algorithm
  const material = symmetric ? config.JWT_SECRET_KEY || config.SECRET_KEY : config.JWT_PRIVATE_KEY
  if (!material) return null
  const key = toKey(algorithm, material, 'sign')
  if (key === null)
    throw new TypeError(unsuitableKey(symmetric ? 'JWT_SECRET_KEY' : 'JWT_PRIVATE_KEY', name))
  return key
}

const missingKey = (option: string, name: string): TypeError =>
  new TypeError(`${option} must be set to use asymmetric cryptography algorithm "${name}"`)

const unsuitableKey = (option: string, name: string): string =>
  `${option} is not a key for ${name}: use a secret for HMAC, and never a public key; ` +
  'use a key of the matching type in PEM for the other algorithms'

/** Warns like PyJWT. Short keys are accepted, because existing tokens are signed with them. */
function warnIfShort(name: string, key: KeyObject): void {
  const minBytes = MIN_SECRET_BYTES[name]
  const isShort =
    minBytes === undefined
      ? (key.asymmetricKeyDetails?.modulusLength ?? MIN_RSA_BITS) < MIN_RSA_BITS
      : key.symmetricKeySize! < minBytes
  if (isShort)
    process.emitWarning(`the key is shorter than RFC 7518 requires for ${name}; use a longer one`, {
      type: 'LatchkeyWarning',
      code: 'LATCHKEY_SHORT_KEY',
    })
}
