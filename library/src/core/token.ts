import { refuse, type Refusal } from './errors.ts'
import { signJws, verifyJws, type Jws, type TokenKind } from './jws.ts'
import type { Settings } from './options.ts'

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
  /** True where the token came from a sign-in with credentials. */
  fresh: boolean
  [claim: string]: unknown
}

export interface TokenOptions {
  fresh?: boolean
  /** Seconds. */
  expiresIn?: number
  /** Claims of the application. The names that we write are refused. */
  claims?: Record<string, unknown>
  /** Header members beside `alg`, `typ` and `kid`. */
  headers?: Record<string, unknown>
}

export type Decoded = { ok: true; kind: TokenKind; claims: Claims; header: Record<string, unknown> } | Refusal

const RESERVED = new Set(['iss', 'aud', 'sub', 'sid', 'gen', 'jti', 'iat', 'exp', 'nbf', 'auth_time', 'fresh', 'cnf'])

/** How far another machine's clock may run ahead of ours, in milliseconds. */
const SKEW = 60_000

/** Throws a `TypeError` for claims that would replace ours, and for an identity that is not a string. */
export function checkClaims(identity: unknown, claims: Record<string, unknown> = {}): void {
  if (typeof identity !== 'string' || identity.length === 0) throw new TypeError('an identity must be a string that is not empty')
  const taken = Object.keys(claims).find((name) => RESERVED.has(name))
  if (taken !== undefined) throw new TypeError(`the claim "${taken}" is written by Latchkey; choose another name`)
}

/** What goes into a token besides the claims that every token has. */
export interface Minting {
  kind: TokenKind
  identity: string
  fresh: boolean
  /** Milliseconds since 1970. */
  now: number
  expiresAt: number
  own?: Pick<Claims, 'sid' | 'gen' | 'auth_time'>
  claims?: Record<string, unknown> | undefined
  headers?: Record<string, unknown> | undefined
}

export function mintToken(settings: Settings, { kind, identity, fresh, now, expiresAt, own, claims, headers }: Minting): string {
  const payload: Claims = {
    ...(settings.issuer !== null && { iss: settings.issuer }),
    ...(settings.audience !== null && { aud: settings.audience }),
    sub: identity,
    ...own,
    jti: settings.randomId(),
    iat: Math.floor(now / 1000),
    exp: Math.floor(expiresAt / 1000),
    fresh,
    ...claims,
  }
  return signJws(settings.signingKey, kind, payload, headers)
}

/** Checks signature and claims, and says which kind of token it is. Never throws for a token, whatever it holds. */
export function decodeToken(settings: Settings, token: string, { allowExpired = false } = {}): Decoded {
  const jws = verifyJws(settings.keys, token)
  if (jws === null || !hasSoundClaims(settings, jws)) return refuse('token_invalid')
  const claims = jws.payload as Claims
  if (settings.now() >= claims.exp * 1000 && !allowExpired) return refuse('token_expired')
  return { ok: true, kind: jws.kind, claims, header: jws.header }
}

/** RFC 7519, section 4.1. An audience that we do not have is a token for somebody else. */
function hasSoundClaims({ issuer, audience, now }: Settings, { payload }: Jws): boolean {
  const { iss, aud, sub, jti, iat, exp, nbf, fresh } = payload
  const latest = (now() + SKEW) / 1000
  return (
    isInstant(exp) &&
    isInstant(iat) &&
    iat <= latest &&
    (nbf === undefined || (isInstant(nbf) && nbf <= latest)) &&
    typeof sub === 'string' &&
    sub.length > 0 &&
    typeof jti === 'string' &&
    typeof fresh === 'boolean' &&
    (issuer === null || iss === issuer) &&
    (audience === null ? aud === undefined : aud === audience || (Array.isArray(aud) && aud.includes(audience)))
  )
}

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
