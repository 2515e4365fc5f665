import { refuse, type Refusal } from './errors.ts'
import { signJws, verifyJws, type Jws, type TokenKind } from './jws.ts'
import type { Settings } from './options.ts'
import type { TokenError } from './token-errors.ts'

/** The claims that we write; an application's own stand beside them. Times are in seconds since 1970 (RFC 7519, section 4.1). */
export interface Claims {
  iss?: string
  aud?: string
  /** The identity. */
  sub: string
  /** The session. */
  sid?: string
  /** The generation, where the refresh that made it named no attempt. */
  gen?: number
  jti: string
  iat: number
  exp: number
  /** When the person last gave credentials (RFC 9068, section 2.2.1). */
  auth_time?: number
  /** True where the token came from a sign-in with credentials; a number says until when it counts so. */
  fresh: boolean | number
  /** What a request must repeat beside this token in a cookie, where the option `csrf` asks for it. */
  csrf?: string
  [claim: string]: unknown
}

export interface TokenOptions {
  /** True: it comes from a sign-in with credentials. A number of seconds, or an instant: so long it counts as fresh. */
  fresh?: boolean | number | Date
  /** Seconds. */
  expiresIn?: number
  /** Claims of the application. The names that we write are refused. */
  claims?: Record<string, unknown>
  /** Header members beside `alg`, `typ` and `kid`. */
  headers?: Record<string, unknown>
}

export type Decoded = VerifiedToken | Refusal

const RESERVED = new Set([
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

export const isReservedClaim = (name: string): boolean => RESERVED.has(name)

/** How far another machine's clock may run ahead of ours, in milliseconds. */
export const MAX_CLOCK_SKEW = 60_000

/** No token lives longer, in seconds: ten years. */
const MAX_LIFETIME = 10 * 366 * 24 * 60 * 60

/** Throws a `TypeError` for claims that would replace ours, and for an identity that is not a string. */
export function checkClaims(identity: unknown, claims: Record<string, unknown> = {}): void {
  if (typeof identity !== 'string' || identity.length === 0)
    throw new TypeError('an identity must be a string that is not empty')
  const taken = Object.keys(claims).find((name) => RESERVED.has(name))
  if (taken !== undefined)
    throw new TypeError(`the claim "${taken}" is written by Latchkey; choose another name`)
}

/** What goes into a token besides the claims that every token has. */
export interface TokenInput {
  kind: TokenKind
  identity: string
  fresh: boolean | number
  /** Milliseconds since 1970. */
  now: number
  expiresAt: number
  ownClaims?: Pick<Claims, 'sid' | 'gen' | 'auth_time' | 'csrf'> | undefined
  claims?: Record<string, unknown> | undefined
  headers?: Record<string, unknown> | undefined
}

export function createToken(
  settings: Settings,
  { kind, identity, fresh, now, expiresAt, ownClaims, claims, headers }: TokenInput,
): string {
  if (settings.signingKey === null)
    throw new TypeError('no token can be made here: the first of the option "keys" is a public key')
  if (expiresAt - now > MAX_LIFETIME * 1000)
    throw new TypeError('a token lives ten years at the longest')
  // JSON leaves out what is undefined.
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

/** A token that was accepted. What it says is frozen through and through: the same object may serve many requests. */
export type VerifiedToken = Readonly<Jws & { claims: Claims; from?: IssuerSubject }>

/** Another issuer's token: its `claims.sub` is our name for the one whom the issuer calls `subject`. */
export interface IssuerSubject {
  issuer: string
  subject: string
}

/** A reason for the log, or one that its own answer tells. */
export type TokenFailure = TokenError | 'expired'

/** Checks signature and claims, and says which kind of token it is. Never throws for a token, whatever it holds. */
export function verifyToken(
  settings: Settings,
  token: string,
  now: number,
  { allowExpired = false } = {},
): VerifiedToken | TokenFailure {
  const known = settings.verified.get(token)
  const jws = known ?? verifyJws(settings.ring, token)
  if (typeof jws === 'string') return jws
  const flaw = claimsError(settings, jws.claims, now)
  if (flaw !== null) return flaw
  const read = jws as VerifiedToken
  const live = now < read.claims.exp * 1000
  if (!live && !allowExpired) return 'expired'
  if (known === undefined && live) settings.verified.add(token, read)
  return read
}

/** One answer for every reason but that the time is over; the reason itself is for the log. */
export function refuseToken(
  { onEvent, now }: Pick<Settings, 'onEvent' | 'now'>,
  reason: TokenFailure,
): Refusal {
  if (reason === 'expired') return refuse('token_expired')
  onEvent({ type: 'token-refused', at: now(), reason })
  return refuse('token_invalid')
}

/** What is wrong with the claims (RFC 7519, section 4.1); null where nothing is. An audience that we do not have is a token for somebody else. */
export function claimsError(
  { issuer, audience }: Pick<Settings, 'issuer' | 'audience'>,
  { iss, aud, sub, jti, iat, exp, nbf, fresh }: Record<string, unknown>,
  now: number,
): TokenError | null {
  const latest = (now + MAX_CLOCK_SKEW) / 1000
  if (issuer !== null && iss !== issuer) return 'iss'
  if (audience === null ? aud !== undefined : !isFor(aud, audience)) return 'aud'
  if (typeof sub !== 'string' || sub.length === 0) return 'sub'
  if (typeof jti !== 'string') return 'jti'
  if (!isInstant(iat) || iat > latest) return 'iat'
  if (nbf !== undefined && (!isInstant(nbf) || nbf > latest)) return 'nbf'
  if (!isInstant(exp) || exp > latest + MAX_LIFETIME) return 'exp'
  return typeof fresh === 'boolean' || isInstant(fresh) ? null : 'fresh'
}

function isFor(aud: unknown, audience: string): boolean {
  if (typeof aud === 'string') return aud === audience
  return (
    Array.isArray(aud) && aud.every((each) => typeof each === 'string') && aud.includes(audience)
  )
}

/** Whether a token still counts as one from a sign-in. */
export const isFresh = ({ fresh }: Pick<Claims, 'fresh'>, now: number): boolean =>
  typeof fresh === 'number' ? now < fresh * 1000 : fresh

/** The claim `fresh` of a token made now: seconds become the instant until which they last. */
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

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
