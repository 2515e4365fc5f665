import type { Refusal } from './errors.ts'
import type { TokenKind } from './token-kinds.ts'

/**
 * The claims that Latchkey writes, and any claims that the application adds. Times are in seconds
 * since 1970 (RFC 7519, section 4.1).
 */
export interface Claims {
  iss?: string
  aud?: string
  /** The identity. */
  sub: string
  /** The session id. Absent from tokens that were made without a store. */
  sid?: string
  /** The generation of the session, if the refresh that made it sent no attempt. */
  gen?: number
  jti: string
  iat: number
  exp: number
  /** When the user last presented credentials (RFC 9068, section 2.2.1). */
  auth_time?: number
  /** True if the token comes from a sign-in with credentials. A number: fresh until that second. */
  fresh: boolean | number
  /** The value that a request with cookies must repeat if the option `csrf` is set. */
  csrf?: string
  [claim: string]: unknown
}

/** Options for a token that is made without a session. */
export interface TokenOptions {
  /**
   * True: the token comes from a sign-in with credentials. A number of seconds, or a `Date`: it
   * counts as fresh for that long, or until then.
   */
  fresh?: boolean | number | Date
  /** Lifetime in seconds. The default is the option `accessLifetime` or `refreshLifetime`. */
  expiresIn?: number
  /** Claims of the application. Names that Latchkey writes throw a `TypeError`. */
  claims?: Record<string, unknown>
  /** Header parameters in addition to `alg`, `typ` and `kid`. */
  headers?: Record<string, unknown>
}

/** A token that was accepted. It is deeply frozen, because one object may serve many requests. */
export interface VerifiedToken {
  readonly ok: true
  readonly kind: TokenKind
  readonly header: Record<string, unknown>
  readonly claims: Claims
  /** Present if another issuer made the token. */
  readonly from?: IssuerSubject
}

/**
 * The subject of another issuer's token, as that issuer calls it. `claims.sub` of such a token is
 * the local identity.
 */
export interface IssuerSubject {
  issuer: string
  subject: string
}

/** What `decodeToken` returns: the token, or the refusal. */
export type Decoded = VerifiedToken | Refusal
