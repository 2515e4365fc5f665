import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import type { Algorithm } from '../algorithms.ts'
import type { Jwk } from '../jwk.ts'

/** All members that hold key material (RFC 7518, section 6; RFC 8037, section 2). */
const KEY_MEMBERS = [
  'crv',
  'x',
  'y',
  'n',
  'e',
  'd',
  'p',
  'q',
  'dp',
  'dq',
  'qi',
  'oth',
  'k',
] as const

/** Members that must not be published. */
export const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const

/** The members of a private RSA key in addition to `d` (RFC 7518, section 6.3.2). */
const PRIMES = ['p', 'q', 'dp', 'dq', 'qi'] as const

/** The bytes of a coordinate, by curve (RFC 7518, section 6.2.1; RFC 8037, section 2). */
const COORDINATE_BYTES = { 'P-256': 32, 'P-384': 48, 'P-521': 66, Ed25519: 32 } as Record<
  string,
  number | undefined
>

/**
 * The key in a JWK (RFC 7517). Throws a `TypeError` if members are missing, superfluous or not in
 * canonical form. Zero bytes in front of a number, which Java and others add or leave out, do not
 * matter. The error contains no key material.
 */
export function keyFromJwk(
  source: Record<string, unknown>,
  algorithm: Algorithm,
  option: string,
): KeyObject {
  if (source.kty !== algorithm.kty)
    throw new TypeError(`${option}: ${algorithm.name} needs a JWK with kty "${algorithm.kty}"`)
  checkPurpose(source, option)
  const missing = source.kty === 'RSA' && 'd' in source && PRIMES.filter((name) => !source[name])
  if (missing && missing.length > 0)
    throw new TypeError(
      `${option} is a private RSA key without ${missing.join(', ')}; export it with its primes`,
    )
  const jwk = withExactLengths(source)
  let key: KeyObject
  try {
    key = parse(jwk)
  } catch {
    // No `cause`: its message may quote the key.
    throw new TypeError(`${option} is not a valid JWK`)
  }
  // The JWK must equal what the key exports. This finds missing members, members of another key
  // type, wrong lengths and non-canonical encodings.
  const exported = key.export({ format: 'jwk' })
  const invalid = KEY_MEMBERS.find((name) => jwk[name] !== exported[name])
  if (invalid !== undefined)
    throw new TypeError(
      `${option}.${invalid} is missing, superfluous or badly encoded (RFC 7518, section 6)`,
    )
  return key
}

/** The JWK with its numbers as long as RFC 7518 requires, if only zero bytes in front differ. */
function withExactLengths(jwk: Record<string, unknown>): Record<string, unknown> {
  const length = jwk.kty === 'RSA' ? 0 : COORDINATE_BYTES[jwk.crv as string]
  if (length === undefined) return jwk
  const names = length === 0 ? ['n', 'e', 'd', ...PRIMES] : ['x', 'y', 'd']
  return {
    ...jwk,
    ...Object.fromEntries(
      names.filter((name) => name in jwk).map((name) => [name, exactLength(jwk[name], length)]),
    ),
  }
}

/**
 * A number of at least `length` bytes, without further zero bytes in front. Base64 with padding, or
 * with `+` and `/`, is read too.
 */
function exactLength(value: unknown, length: number): unknown {
  if (typeof value !== 'string') return value
  const bytes = Buffer.from(value, 'base64url')
  const canonical = value.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')
  if (bytes.toString('base64url') !== canonical) return value
  const start = bytes.findIndex((byte) => byte !== 0)
  const number = bytes.subarray(start === -1 ? bytes.length : start)
  return Buffer.concat([Buffer.alloc(Math.max(0, length - number.length)), number]).toString(
    'base64url',
  )
}

function parse(jwk: Record<string, unknown>): KeyObject {
  if (jwk.kty === 'oct') return createSecretKey(jwk.k as string, 'base64url')
  const input = { key: jwk as Jwk, format: 'jwk' as const }
  return 'd' in jwk ? createPrivateKey(input) : createPublicKey(input)
}

/** Checks `use` and `key_ops` (RFC 7517, sections 4.2 and 4.3). */
function checkPurpose(
  { kty, use, key_ops: operations, ...rest }: Record<string, unknown>,
  option: string,
): void {
  if (use !== undefined && use !== 'sig') throw new TypeError(`${option}.use must be "sig"`)
  if (operations === undefined) return
  const needed = kty === 'oct' ? ['sign', 'verify'] : 'd' in rest ? ['sign'] : ['verify']
  const fits =
    Array.isArray(operations) &&
    new Set(operations).size === operations.length &&
    operations.every((operation) => operation === 'sign' || operation === 'verify') &&
    needed.every((operation) => operations.includes(operation))
  if (!fits)
    throw new TypeError(
      `${option}.key_ops must contain ${needed.join(' and ')}, and nothing but sign and verify`,
    )
}
