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

/** One JWS algorithm (RFC 7518, section 3.1; RFC 9864): which keys it takes, and how it signs and verifies. */
export interface Algorithm {
  name: AlgorithmName
  /** The `kty` of its JWKs. */
  kty: 'oct' | 'RSA' | 'EC' | 'OKP'
  /** True: one secret signs and verifies, and it is never published. */
  symmetric: boolean
  /** What is wrong with a key for this algorithm, as the end of a sentence; null where it fits. */
  keyError(key: KeyObject): string | null
  /** The signature in base64url. */
  sign(key: KeyObject, input: string): string
  /** `signature` is base64url text that nobody has checked yet; only its one canonical form verifies. */
  verify(key: KeyObject, input: string, signature: string): boolean
}

/** RSA keys that are still slow to use are a way to keep us busy: no larger ones are taken. */
const RSA_BITS = { min: 2048, max: 8192 }
const MAX_EXPONENT = 2n ** 32n

function hmac(bits: Bits): Algorithm {
  const [hash, bytes] = [`sha${bits}`, bits / 8]
  const mac = (key: KeyObject, input: string) =>
    createHmac(hash, key).update(input).digest('base64url')
  const same = textComparison(Math.ceil((bytes * 4) / 3))
  return {
    name: `HS${bits}`,
    kty: 'oct',
    symmetric: true,
    keyError(key) {
      if (key.type !== 'secret' || key.symmetricKeySize! < bytes)
        return `needs a secret of at least ${bytes} bytes (RFC 7518, section 3.2)`
      const flaw = secretError(key.export())
      return flaw && `needs a secret that ${flaw}`
    },
    sign: mac,
    // Comparing the text, not the bytes, refuses every other spelling of the same signature.
    verify: (key, input, signature) => same(mac(key, input), signature),
  }
}

type Traits = Pick<Algorithm, 'name' | 'kty' | 'keyError'> & {
  /** Null where the algorithm brings its own. */
  hash: string | null
  parameters?: SigningOptions
}

function asymmetric({ hash, parameters, ...traits }: Traits): Algorithm {
  // Without parameters the bare key. One in an object Node takes for a bare key first, and finds out by exceptions that it is none.
  const withParameters = (key: KeyObject) =>
    parameters === undefined ? key : { key, ...parameters }
  const run = parameters === undefined ? <T>(call: () => T): T => call() : withoutStackTraces
  return {
    ...traits,
    symmetric: false,
    sign: (key, input) =>
      run(() => sign(hash, Buffer.from(input), withParameters(key))).toString('base64url'),
    verify(key, input, signature) {
      const raw = Buffer.from(signature, 'base64url')
      return (
        raw.toString('base64url') === signature &&
        run(() => verify(hash, Buffer.from(input), withParameters(key), raw))
      )
    },
  }
}

function rsa(bits: Bits): Algorithm {
  return asymmetric({
    name: `RS${bits}`,
    kty: 'RSA',
    hash: `sha${bits}`,
    keyError: (key) => (key.asymmetricKeyType === 'rsa' ? weakRsa(key) : 'needs an RSA key'),
  })
}

/** A salt as long as the hash (RFC 7518, section 3.5). */
function rsaPss(bits: Bits): Algorithm {
  const parameters = {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  }
  const keyError = (key: KeyObject) => {
    if (key.asymmetricKeyType === 'rsa') return weakRsa(key)
    if (key.asymmetricKeyType !== 'rsa-pss') return 'needs an RSA key'
    // A key of this type may be made for one hash and a least length of salt (RFC 4055, section 3.1).
    const {
      hashAlgorithm: hash = `sha${bits}`,
      mgf1HashAlgorithm: mask = hash,
      saltLength = 0,
    } = key.asymmetricKeyDetails!
    const fits = hash === `sha${bits}` && mask === hash && saltLength <= bits / 8
    return fits
      ? weakRsa(key)
      : `needs an RSA-PSS key made for sha${bits} and a salt of at most ${bits / 8} bytes`
  }
  return asymmetric({
    name: `PS${bits}`,
    kty: 'RSA',
    hash: `sha${bits}`,
    parameters,
    keyError: keyError,
  })
}

function weakRsa(key: KeyObject): string | null {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails!
  if (modulusLength < RSA_BITS.min || modulusLength > RSA_BITS.max)
    return `needs an RSA key of ${RSA_BITS.min} to ${RSA_BITS.max} bits`
  if (publicExponent < 3n || publicExponent > MAX_EXPONENT || publicExponent % 2n === 0n)
    return 'needs an RSA key with an odd exponent of 3 to 2^32'
  return isRocaKey(key)
    ? 'needs an RSA key from another maker: this one can be computed from its public half (CVE-2017-15361)'
    : null
}

/** A signature of another length than R ‖ S has is none (RFC 7518, section 3.4). */
function ecdsa(bits: Bits, curve: string, bytes: number): Algorithm {
  const keyError = (key: KeyObject) =>
    key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === curve
      ? null
      : `needs an elliptic curve key on ${curve}`
  return {
    ...asymmetric({ name: `ES${bits}`, kty: 'EC', hash: `sha${bits}`, keyError: keyError }),
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
  return asymmetric({ name, kty: 'OKP', hash: null, keyError: weakEdwards })
}

function weakEdwards(key: KeyObject): string | null {
  if (key.asymmetricKeyType !== 'ed25519') return 'needs an Ed25519 key'
  return hasSmallOrder(key)
    ? 'needs another Ed25519 key: under this one a signature can verify for every text'
    : null
}

/**
 * Whether two texts are equal, the first of which has that many characters and is ASCII, in a time that tells nothing of where they differ.
 * A character of the second that is not ASCII becomes bytes that no ASCII text has.
 */
function textComparison(length: number): (expected: string, given: string) => boolean {
  const [a, b] = [Buffer.alloc(length), Buffer.alloc(length)]
  return (expected, given) => {
    if (given.length !== length) return false
    a.write(expected)
    b.write(given)
    return timingSafeEqual(a, b)
  }
}

/** `EdDSA` is the old name of Ed25519, which said nothing of the curve (RFC 9864): it serves a key that asks for it, and no other. */
const SIZES: readonly Bits[] = [256, 384, 512]
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

export const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map(
  ALL.map((algorithm) => [algorithm.name, algorithm]),
)
