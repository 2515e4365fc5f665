import type { Claims, VerifiedToken } from './claims.ts'
import { refuse, type Refusal } from './errors.ts'
import { signJws, verifyJws } from './jws.ts'
import type { Settings } from './options.ts'
import type { TokenError, TokenFailure } from './token-errors.ts'
import type { TokenKind } from './token-kinds.ts'

const RESERVED_CLAIMS = new Set([
  'iss',
  'aud',
  'sub',
  'sid',
  'gen',
  'jti',
  'iat',
  'exp',
  'nbf',
  'auth_time',
  'fresh',
  'csrf',
  'cnf',
])

/** Whether Latchkey writes or interprets this claim. Applications cannot set it. */
export const isReservedClaim = (name: string): boolean => RESERVED_CLAIMS.has(name)

/**
 * The clocks of two machines may differ by this many milliseconds. A token from a clock that is
 * further ahead is accepted too, after its session was read from the store.
 */
export const MAX_CLOCK_SKEW = 60_000

/** The longest lifetime of a token, in seconds: ten years. */
export const MAX_LIFETIME = 10 * 366 * 24 * 60 * 60

/** Throws a `TypeError` if the identity is not a string or a claim is reserved. */
export function checkClaims(identity: unknown, claims: Record<string, unknown> = {}): void {
  if (typeof identity !== 'string' || identity.length === 0)
    throw new TypeError('the identity must be a non-empty string')
  const reserved = Object.keys(claims).find((name) => RESERVED_CLAIMS.has(name))
  if (reserved !== undefined)
    throw new TypeError(`the claim "${reserved}" is written by Latchkey; choose another name`)
}

/** The contents of a token to sign. */
export interface TokenInput {
  kind: TokenKind
  identity: string
  fresh: boolean | number
  /** The time of issue, in milliseconds since 1970. */
  now: number
  /** Milliseconds since 1970. */
  expiresAt: number
  /** Claims of Latchkey that not every token has. */
  ownClaims?: Pick<Claims, 'sid' | 'gen' | 'auth_time' | 'csrf'> | undefined
  /** Claims of the application. */
  claims?: Record<string, unknown> | undefined
  /** Header parameters of the application. */
  headers?: Record<string, unknown> | undefined
}

/** Signs a token. Throws a `TypeError` if there is no private key or the lifetime is too long. */
export function createToken(
  settings: Settings,
  { kind, identity, fresh, now, expiresAt, ownClaims, claims, headers }: TokenInput,
): string {
  if (settings.signingKey === null)
    throw new TypeError('cannot sign a token: the first key in the option "keys" is a public key')
  if (expiresAt - now > MAX_LIFETIME * 1000)
    throw new TypeError('the lifetime of a token must not exceed ten years')
  // JSON leaves out members that are undefined.
  const payload = {
    iss: settings.issuer ?? undefined,
    aud: settings.audience ?? undefined,
    sub: identity,
    ...ownClaims,
    jti: settings.randomId(),
    iat: Math.floor(now / 1000),
    exp: Math.floor(expiresAt / 1000),
    fresh,
    ...claims,
  }
  return signJws(settings.signingKey, kind, payload, headers)
}

/**
 * Checks the signature and claims of a token of either kind. Never throws, whatever the token
 * contains. `now` in milliseconds.
 */
export function verifyToken(
  settings: Settings,
  token: string,
  now: number,
  { allowExpired = false } = {},
): VerifiedToken | TokenFailure {
  const cached = settings.verified.get(token)
  const jws = cached ?? verifyJws(settings.ring, token)
  if (typeof jws === 'string') return jws
  const error = claimsError(settings, jws.claims, now)
  if (error !== null) return error
  const verified = jws as VerifiedToken
  const isLive = isUnexpired(settings, verified.claims, now)
  if (!isLive && !allowExpired) return 'expired'
  if (cached === undefined && isLive) settings.verified.add(token, verified)
  return verified
}

/** Whether a token has not expired, with the `leeway` that is configured. `now` in milliseconds. */
export const isUnexpired = (
  { leeway }: Pick<Settings, 'leeway'>,
  { exp }: Pick<Claims, 'exp'>,
  now: number,
): boolean => now < exp * 1000 + leeway

/**
 * The refusal for a token that was not accepted. The client learns only whether the token expired;
 * every other reason goes to the log, as the event `token-refused`.
 */
export function refuseToken(
  { onEvent, now }: Pick<Settings, 'onEvent' | 'now'>,
  reason: TokenFailure,
): Refusal {
  if (reason === 'expired') return refuse('token_expired')
  onEvent({ type: 'token-refused', at: now(), reason })
  return refuse('token_invalid')
}

/**
 * The first error in the registered claims (RFC 7519, section 4.1), or null. Does not check whether
 * the token has expired. When it was issued decides nothing: a clock that is ahead is no reason to
 * refuse anyone. A token with an audience is refused if no audience is configured: it is meant for
 * another service. `now` in milliseconds.
 */
export function claimsError(
  { issuer, audience, leeway }: Pick<Settings, 'issuer' | 'audience' | 'leeway'>,
  { iss, aud, sub, jti, iat, exp, nbf, fresh }: Record<string, unknown>,
  now: number,
): TokenError | null {
  const latest = (now + Math.max(MAX_CLOCK_SKEW, leeway)) / 1000
  if (issuer !== null && iss !== issuer) return 'iss'
  if (audience === null ? aud !== undefined : !includesAudience(aud, audience)) return 'aud'
  if (typeof sub !== 'string' || sub.length === 0) return 'sub'
  if (typeof jti !== 'string') return 'jti'
  if (!isNumericDate(iat)) return 'iat'
  if (nbf !== undefined && (!isNumericDate(nbf) || nbf > latest)) return 'nbf'
  if (!isNumericDate(exp) || exp > latest + MAX_LIFETIME) return 'exp'
  return typeof fresh === 'boolean' || isNumericDate(fresh) ? null : 'fresh'
}

/** `aud` is one string or an array of strings (RFC 7519, section 4.1.3). */
export function includesAudience(aud: unknown, audience: string): boolean {
  if (typeof aud === 'string') return aud === audience
  return (
    Array.isArray(aud) && aud.every((value) => typeof value === 'string') && aud.includes(audience)
  )
}

/** Whether a token still counts as fresh. `now` in milliseconds. */
export const isFresh = ({ fresh }: Pick<Claims, 'fresh'>, now: number): boolean =>
  typeof fresh === 'number' ? now < fresh * 1000 : fresh

/**
 * Whether the user last presented credentials more than `maxAge` seconds before `now`
 * (milliseconds), or the token does not say when. A fresh token without `auth_time` comes from a
 * sign-in itself.
 */
export function isOlderThan(
  { auth_time: authTime, fresh, iat }: Pick<Claims, 'auth_time' | 'fresh' | 'iat'>,
  maxAge: number,
  now: number,
): boolean {
  const since = authTime ?? (fresh === false ? null : iat)
  return typeof since !== 'number' || now > (since + maxAge) * 1000
}

/**
 * The claim `fresh` for a token that is made at `now` (milliseconds): a boolean, or the second
 * until which the token counts as fresh. Throws a `TypeError` for anything that `TokenOptions` does
 * not allow.
 */
export function freshClaim(fresh: unknown, now: number): boolean | number {
  if (typeof fresh === 'boolean') return fresh
  const until =
    fresh instanceof Date
      ? fresh.getTime()
      : typeof fresh === 'number'
        ? now + fresh * 1000
        : Number.NaN
  if (!(until > 0))
    throw new TypeError('"fresh" must be true, false, a number of seconds, or a Date')
  return Math.floor(until / 1000)
}

/** A whole, positive number of seconds since 1970 (NumericDate in RFC 7519, section 2). */
function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
