import { constantTimeEqual } from '../core/constant-time.ts'
import type { FlaskSettings } from './config.ts'
import { int, isFalsy } from './python.ts'
import type { Fault } from './refusals.ts'

/** Unchecked claims: each may be any JSON value. */
export type Payload = Record<string, unknown>

const invalid = (message: string): Fault => ({ kind: 'invalid', message })
export const EXPIRED: Fault = { kind: 'expired', message: 'Token has expired' }

/**
 * Checks the claims in the order of PyJWT, then of Flask-JWT-Extended; null if all are valid. If an
 * expired token has another fault too, that one is returned. `now` is in seconds.
 */
export function claimsFault(
  config: FlaskSettings,
  payload: Payload,
  now: number,
  csrf: string | null,
  allowExpired: boolean,
): Fault | null {
  const fault = timesFault(config, payload, now, !allowExpired)
  if (fault !== null && fault !== EXPIRED) return fault
  return otherClaimsFault(config, payload, csrf) ?? fault
}

function timesFault(
  { JWT_DECODE_LEEWAY: leeway }: FlaskSettings,
  payload: Payload,
  now: number,
  verifyExp: boolean,
): Fault | null {
  if ('iat' in payload) {
    const iat = int(payload.iat)
    if (iat === null) return invalid('Issued At claim (iat) must be an integer.')
    if (iat > now + leeway) return invalid('The token is not yet valid (iat)')
  }
  if ('nbf' in payload) {
    const nbf = int(payload.nbf)
    if (nbf === null) return invalid('Not Before claim (nbf) must be an integer.')
    if (nbf > now + leeway) return invalid('The token is not yet valid (nbf)')
  }
  if ('exp' in payload && verifyExp) {
    const exp = int(payload.exp)
    if (exp === null) return invalid('Expiration Time claim (exp) must be an integer.')
    if (exp <= now - leeway) return EXPIRED
  }
  return null
}

function otherClaimsFault(
  config: FlaskSettings,
  payload: Payload,
  csrf: string | null,
): Fault | null {
  const fault = issuerFault(config, payload) ?? audienceFault(config, payload)
  if (fault !== null) return fault
  if (config.JWT_VERIFY_SUB && 'sub' in payload && typeof payload.sub !== 'string')
    return invalid('Subject must be a string')
  if ('jti' in payload && typeof payload.jti !== 'string') return invalid('JWT ID must be a string')
  if (!Object.hasOwn(payload, config.JWT_IDENTITY_CLAIM))
    return invalid(`Missing claim: ${config.JWT_IDENTITY_CLAIM}`)
  if (csrf === null) return null
  if (!('csrf' in payload)) return invalid('Missing claim: csrf')
  if (typeof payload.csrf === 'string' && constantTimeEqual(payload.csrf, csrf)) return null
  return { kind: 'csrf', message: 'CSRF double submit tokens do not match' }
}

function issuerFault(
  { JWT_DECODE_ISSUER: expected }: FlaskSettings,
  payload: Payload,
): Fault | null {
  if (expected === null) return null
  if (!('iss' in payload)) return invalid('Token is missing the "iss" claim')
  if (typeof payload.iss !== 'string') return invalid('Payload Issuer (iss) must be a string')
  return (typeof expected === 'string' ? expected === payload.iss : expected.includes(payload.iss))
    ? null
    : invalid('Invalid issuer')
}

function audienceFault(
  { JWT_DECODE_AUDIENCE: expected }: FlaskSettings,
  { aud }: Payload,
): Fault | null {
  if (expected === null) return null
  if (isFalsy(aud)) return invalid('Token is missing the "aud" claim')
  const audiences: unknown = typeof aud === 'string' ? [aud] : aud
  if (!Array.isArray(audiences) || audiences.some((audience) => typeof audience !== 'string'))
    return invalid('Invalid claim format in token')
  const accepted = typeof expected === 'string' ? [expected] : expected
  return accepted.some((audience) => audiences.includes(audience))
    ? null
    : invalid("Audience doesn't match")
}
