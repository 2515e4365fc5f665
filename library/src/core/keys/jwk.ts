import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import type { Algorithm } from '../algorithms.ts'
import type { Jwk } from '../jwk.ts'

/** Every member that is part of some key (RFC 7518, section 6; RFC 8037, section 2). */
const MATERIAL = ['crv', 'x', 'y', 'n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

/** Those that nobody may publish. */
export const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const

/** The key that a JWK describes (RFC 7517), where it describes one and nothing else. Throws a `TypeError` that quotes nothing of the key. */
export function keyFromJwk(
  jwk: Record<string, unknown>,
  algorithm: Algorithm,
  option: string,
): KeyObject {
  if (jwk.kty !== algorithm.kty)
    throw new TypeError(`${option}: ${algorithm.name} needs a JWK with kty "${algorithm.kty}"`)
  checkPurpose(jwk, option)
  let key: KeyObject
  try {
    key = read(jwk)
  } catch {
    // The cause may quote the key.
    throw new TypeError(`${option} is not a JWK that can be read`)
  }
  // What the key itself would write: this leaves no room for a missing half, a member of another kind, a wrong length, or a second spelling.
  const written = key.export({ format: 'jwk' })
  const odd = MATERIAL.find((name) => jwk[name] !== written[name])
  if (odd !== undefined)
    throw new TypeError(
      `${option}.${odd} is missing, does not belong there, or is not written as RFC 7518, section 6, says`,
    )
  return key
}

function read(jwk: Record<string, unknown>): KeyObject {
  if (jwk.kty === 'oct') return createSecretKey(jwk.k as string, 'base64url')
  const input = { key: jwk as Jwk, format: 'jwk' as const }
  return 'd' in jwk ? createPrivateKey(input) : createPublicKey(input)
}

/** RFC 7517, sections 4.2 and 4.3: what a key says of its use binds us. */
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
      `${option}.key_ops must hold ${needed.join(' and ')}, and nothing but sign and verify`,
    )
}
