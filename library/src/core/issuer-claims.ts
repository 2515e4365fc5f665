import { includesAudience, MAX_CLOCK_SKEW, MAX_LIFETIME } from './access-token.ts'
import type { ClaimValue, IssuerSetting } from './options/issuers.ts'
import type { TokenFailure } from './token-errors.ts'

/** Why a token of another issuer was not accepted, and which claim was wrong if settings name it. */
export type IssuerTokenError = TokenFailure | { reason: 'aud' | 'claims'; claim: string }

/** These claims may be lists in one string, separated by spaces (RFC 8693, section 4.2). */
const LIST_CLAIMS = new Set(['scope', 'scp'])

/**
 * The first error in the claims of another issuer's token, including its expiry, or null. Unlike
 * our own tokens, it may lack `jti` and `iat`, and its dates may have fractions (RFC 7519, section
 * 2). `now` in milliseconds.
 */
export function issuerClaimsError(
  issuer: IssuerSetting,
  claims: Readonly<Record<string, unknown>>,
  now: number,
): IssuerTokenError | null {
  const { audiences, audienceClaim, requiredClaims, needsExpiry, leeway } = issuer
  const { sub, jti, iat, nbf, exp } = claims
  if (
    audiences !== null &&
    !audiences.some((each) => includesAudience(claims[audienceClaim], each))
  )
    return { reason: 'aud', claim: audienceClaim }
  if (typeof sub !== 'string' || sub.length === 0) return 'sub'
  if (jti !== undefined && typeof jti !== 'string') return 'jti'
  if (iat !== undefined && !isDate(iat)) return 'iat'
  const latest = (now + Math.max(MAX_CLOCK_SKEW, leeway)) / 1000
  if (nbf !== undefined && (!isDate(nbf) || nbf > latest)) return 'nbf'
  if (exp === undefined ? needsExpiry : !isDate(exp) || exp > latest + MAX_LIFETIME) return 'exp'
  const wrong = requiredClaims.find(([name, values]) => !hasClaim(name, claims[name], values))
  if (wrong !== undefined) return { reason: 'claims', claim: wrong[0] }
  return exp !== undefined && now >= (exp as number) * 1000 + leeway ? 'expired' : null
}

/** Whether a claim has one of the values, or contains one. */
function hasClaim(name: string, value: unknown, values: readonly ClaimValue[]): boolean {
  const isList = LIST_CLAIMS.has(name) && typeof value === 'string'
  const actual: readonly unknown[] = isList
    ? value.split(' ')
    : Array.isArray(value)
      ? value
      : [value]
  return values.some((each) => actual.includes(each))
}

/** Seconds since 1970, perhaps with a fraction. */
const isDate = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0
