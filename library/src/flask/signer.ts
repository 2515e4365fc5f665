import type { KeyObject } from 'node:crypto'
import { mapAwaitable } from '../core/awaitable.ts'
import type { Settings } from '../core/options.ts'
import type { Awaitable } from '../core/store.ts'
import { algorithmOf, keyOf, type Signer } from './algorithms.ts'
import type { FlaskSettings } from './config.ts'
import { materialOf } from './key-material.ts'

/** Finds the key to sign the token of somebody with. */
export type SigningKey = (user: unknown) => Awaitable<{ algorithm: Signer; key: KeyObject }>

/** Least bytes of a secret, and bits of an RSA key, below which a warning is given, as there. */
const SHORT = { HS256: 32, HS384: 48, HS512: 64 } as Record<string, number | undefined>
const RSA_BITS = 2048

/**
 * Checks the keys at start, and makes what finds the key to sign with. Throws a `TypeError` in the words of Flask-JWT-Extended. A service that
 * only verifies needs no private key: creating a token is refused there.
 */
export function signer(config: FlaskSettings, { callbacks }: Settings): SigningKey {
  const { JWT_ALGORITHM: name, JWT_PRIVATE_KEY, JWT_PUBLIC_KEY } = config
  const algorithm = algorithmOf(name)!
  const secret = config.JWT_SECRET_KEY || config.SECRET_KEY
  const required = (option: string) =>
    new TypeError(`${option} must be set to use asymmetric cryptography algorithm "${name}"`)
  if (callbacks.decodeKey === null) {
    if (!algorithm.symmetric && !JWT_PUBLIC_KEY) throw required('JWT_PUBLIC_KEY')
    if (algorithm.symmetric && !secret) {
      throw new TypeError(
        `JWT_SECRET_KEY or flask SECRET_KEY must be set when using symmetric algorithm "${name}"; or give createAuth the callback decodeKey`,
      )
    }
    const verifying = keyOf(algorithm, (algorithm.symmetric ? secret : JWT_PUBLIC_KEY)!, 'verify')
    if (verifying === null)
      throw new TypeError(unfit(algorithm.symmetric ? 'JWT_SECRET_KEY' : 'JWT_PUBLIC_KEY', name))
    warnIfShort(name, verifying)
  }
  const material = algorithm.symmetric ? secret : JWT_PRIVATE_KEY
  const own = material && callbacks.encodeKey === null ? keyOf(algorithm, material, 'sign') : null
  if (own === null && material && callbacks.encodeKey === null)
    throw new TypeError(unfit(algorithm.symmetric ? 'JWT_SECRET_KEY' : 'JWT_PRIVATE_KEY', name))
  const { encodeKey } = callbacks
  return (user) => {
    if (encodeKey === null) {
      if (own === null) throw required('JWT_PRIVATE_KEY')
      return { algorithm, key: own }
    }
    return mapAwaitable(encodeKey(user), (answer) => {
      const given = materialOf(answer)
      const key = given === null ? null : keyOf(algorithm, given, 'sign')
      if (key === null) throw new TypeError(unfit('encodeKey', name))
      return { algorithm, key }
    })
  }
}

const unfit = (option: string, name: string): string =>
  `${option} is no key for ${name}: HMAC takes a secret that is not itself a public key, the others a key of their kind in PEM`

/** Flask-JWT-Extended takes them too. Nobody should stay with one. */
function warnIfShort(name: string, key: KeyObject): void {
  const least = SHORT[name]
  const short =
    least === undefined
      ? (key.asymmetricKeyDetails?.modulusLength ?? RSA_BITS) < RSA_BITS
      : key.symmetricKeySize! < least
  if (short)
    process.emitWarning(`the key is shorter than ${name} asks for (RFC 7518); make a longer one`, {
      type: 'LatchkeyWarning',
      code: 'LATCHKEY_SHORT_KEY',
    })
}
