import {
  constants,
  createHmac,
  sign,
  timingSafeEqual,
  verify,
  type KeyObject,
  type SigningOptions,
} from 'node:crypto'
import { fromDer, toDer } from './keys/ecdsa-der.ts'
import { secretError, isRocaKey, hasSmallOrder } from './keys/weak-keys.ts'
import { withoutStackTraces } from './without-stack-traces.ts'

type Bits = 256 | 384 | 512

export type AlgorithmName = `${'HS' | 'RS' | 'PS' | 'ES'}${256 | 384 | 512}` | 'Ed25519' | 'EdDSA'

/** A JWS algorithm (RFC 7518, section 3.1; RFC 9864). */
export interface Algorithm {
  name: AlgorithmName
  /** The `kty` of its keys as JWKs. */
  kty: 'oct' | 'RSA' | 'EC' | 'OKP'
  /** True: the same secret signs and verifies, and is never published. */
  symmetric: boolean
  /** Why a key cannot be used, as the end of a sentence; null if it can. */
  keyError(key: KeyObject): string | null
  /** Returns the signature in base64url. */
  sign(key: KeyObject, input: string): string
  /** `signature` is untrusted text. It verifies only in canonical base64url. */
  verify(key: KeyObject, input: string, signature: string): boolean
}

/** Larger RSA keys are refused: verifying with them is slow enough for a denial of service. */
const RSA_BITS = { min: 2048, max: 8192 }
const MAX_EXPONENT = 2n ** 32n

function hmac(bits: Bits): Algorithm {
  const [hash, bytes] = [`sha${bits}`, bits / 8]
  const mac = (key: KeyObject, input: string) =>
    createHmac(hash, key).update(input).digest('base64url')
  const equals = asciiComparison(Math.ceil((bytes * 4) / 3))
  return {
    name: `HS${bits}`,
    kty: 'oct',
    symmetric: true,
    keyError(key) {
      if (key.type !== 'secret' || key.symmetricKeySize! < bytes)
        return `needs a secret of at least ${bytes} bytes (RFC 7518, section 3.2)`
      const error = secretError(key.export())
      return error && `needs a secret that ${error}`
    },
    sign: mac,
    // Comparing the text, not the bytes, refuses non-canonical spellings of the signature.
    verify: (key, input, signature) => equals(mac(key, input), signature),
  }
}

type Traits = Pick<Algorithm, 'name' | 'kty' | 'keyError'> & {
  /** Null if the algorithm defines its own. */
  hash: string | null
  parameters?: SigningOptions
}

function asymmetric({ hash, parameters, ...traits }: Traits): Algorithm {
  // Without parameters, pass the key itself: for a key in an object, Node throws and catches two
  // exceptions internally.
  const withParameters = (key: KeyObject) =>
    parameters === undefined ? key : { key, ...parameters }
  const run =
    parameters === undefined ? <T>(operation: () => T): T => operation() : withoutStackTraces
  return {
    ...traits,
    symmetric: false,
    sign: (key, input) =>
      run(() => sign(hash, Buffer.from(input), withParameters(key))).toString('base64url'),
    verify(key, input, signature) {
      const raw = Buffer.from(signature, 'base64url')
      return (
        raw.toString('base64url') === signature &&
        isWhole(raw, key) &&
        run(() => verify(hash, Buffer.from(input), withParameters(key), raw))
      )
    },
  }
}

/**
 * An RSA signature is as long as the modulus (RFC 8017, sections 8.1.2 and 8.2.2). Some versions of
 * OpenSSL also accept it without a leading zero byte.
 */
function isWhole(signature: Buffer, key: KeyObject): boolean {
  const bits = key.asymmetricKeyDetails?.modulusLength
  return bits === undefined || signature.length === Math.ceil(bits / 8)
}

function rsa(bits: Bits): Algorithm {
  return asymmetric({
    name: `RS${bits}`,
    kty: 'RSA',
    hash: `sha${bits}`,
    keyError: (key) => (key.asymmetricKeyType === 'rsa' ? rsaKeyError(key) : 'needs an RSA key'),
  })
}

/** The salt is as long as the hash (RFC 7518, section 3.5). */
function rsaPss(bits: Bits): Algorithm {
  const parameters = {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  }
  const keyError = (key: KeyObject) => {
    if (key.asymmetricKeyType === 'rsa') return rsaKeyError(key)
    if (key.asymmetricKeyType !== 'rsa-pss') return 'needs an RSA key'
    // Such a key may prescribe the hash and a minimum salt length (RFC 4055, section 3.1).
    const {
      hashAlgorithm: hash = `sha${bits}`,
      mgf1HashAlgorithm: mask = hash,
      saltLength = 0,
    } = key.asymmetricKeyDetails!
    const fits = hash === `sha${bits}` && mask === hash && saltLength <= bits / 8
    return fits
      ? rsaKeyError(key)
      : `needs an RSA-PSS key made for sha${bits} and a salt of at most ${bits / 8} bytes`
  }
  return asymmetric({
    name: `PS${bits}`,
    kty: 'RSA',
    hash: `sha${bits}`,
    parameters,
    keyError,
  })
}

function rsaKeyError(key: KeyObject): string | null {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails!
  if (modulusLength < RSA_BITS.min || modulusLength > RSA_BITS.max)
    return `needs an RSA key of ${RSA_BITS.min} to ${RSA_BITS.max} bits`
  if (publicExponent < 3n || publicExponent > MAX_EXPONENT || publicExponent % 2n === 0n)
    return 'needs an RSA key with an odd exponent of 3 to 2^32'
  return isRocaKey(key)
    ? 'needs another RSA key: this private key can be computed from the public one (CVE-2017-15361)'
    : null
}

/** Signatures are R ‖ S, of fixed length (RFC 7518, section 3.4). */
function ecdsa(bits: Bits, curve: string, bytes: number): Algorithm {
  const keyError = (key: KeyObject) =>
    key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === curve
      ? null
      : `needs an elliptic curve key on ${curve}`
  return {
    ...asymmetric({ name: `ES${bits}`, kty: 'EC', hash: `sha${bits}`, keyError }),
    sign: (key, input) =>
      fromDer(sign(`sha${bits}`, Buffer.from(input), key), bytes).toString('base64url'),
    verify(key, input, signature) {
      const raw = Buffer.from(signature, 'base64url')
      return (
        raw.length === bytes &&
        raw.toString('base64url') === signature &&
        verify(`sha${bits}`, Buffer.from(input), key, toDer(raw))
      )
    },
  }
}

function edwards(name: 'Ed25519' | 'EdDSA'): Algorithm {
  return asymmetric({ name, kty: 'OKP', hash: null, keyError: ed25519KeyError })
}

function ed25519KeyError(key: KeyObject): string | null {
  if (key.asymmetricKeyType !== 'ed25519') return 'needs an Ed25519 key'
  return hasSmallOrder(key)
    ? 'needs another Ed25519 key: with this one, one signature can verify for every message'
    : null
}

/**
 * Makes a constant-time comparison of an expected ASCII text of this length with an untrusted one.
 * It reuses two buffers. Characters outside ASCII become bytes that no ASCII text contains.
 */
function asciiComparison(length: number): (expected: string, actual: string) => boolean {
  const [a, b] = [Buffer.alloc(length), Buffer.alloc(length)]
  return (expected, actual) => {
    if (actual.length !== length) return false
    a.write(expected)
    b.write(actual)
    return timingSafeEqual(a, b)
  }
}

const SIZES: readonly Bits[] = [256, 384, 512]
// `EdDSA` is the deprecated name of Ed25519 (RFC 9864). A key uses it only if its `alg` says so.
const ALL = [
  ...SIZES.map(hmac),
  ...SIZES.map(rsa),
  ...SIZES.map(rsaPss),
  ecdsa(256, 'prime256v1', 64),
  ecdsa(384, 'secp384r1', 96),
  ecdsa(512, 'secp521r1', 132),
  edwards('Ed25519'),
  edwards('EdDSA'),
]

/** All supported algorithms, by name. `none` is not one of them (RFC 8725, section 3.2). */
export const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map(
  ALL.map((algorithm) => [algorithm.name, algorithm]),
)
