import { mapAwaitable } from './awaitable.ts'
import { verifyWithCallbackKey } from './keys-from-callbacks.ts'
import type { CheckedToken, TokenCheck, TokenRequirement } from './check-token.ts'
import { constantTimeEqual } from './constant-time.ts'
import { refuse } from './errors.ts'
import { decodeObject } from './json.ts'
import type { PublicJwk } from './jwk.ts'
import type { Settings } from './options.ts'
import type { Awaitable } from './store.ts'
import { refuseToken, verifyToken } from './access-token.ts'
import type { VerifiedToken, Decoded } from './claims.ts'

/** Reads and checks tokens. `Read` is a promise only if the option `decodeKey` may return one. */
export interface ReadMethods<Read extends Awaitable<Decoded> = Awaitable<Decoded>> {
  /**
   * Verifies the signature and the claims of a token, and returns the token or a refusal. It
   * consults neither the store nor the callbacks: to let a request in, use `checkToken` or a guard.
   */
  decodeToken(token: string, options?: DecodeOptions): Read
  /** The claim `jti` of a token; null if the token is refused or has none. */
  jti(token: string): Follows<Read, string | null>
  /** The claim `csrf` of a token, for pages that cannot read the cookie; null as above. */
  csrfValue(token: string): Follows<Read, string | null>
  /** The header of a token, of which nothing is verified; null if it cannot be read. */
  unverifiedHeader(token: string): Record<string, unknown> | null
  /**
   * The full check that guards run on a token: signature, claims, session or `isRevoked`, and the
   * other callbacks. `check` runs after the claims were verified and may refuse the token.
   */
  checkToken(
    token: string,
    requirement?: TokenRequirement,
    check?: TokenCheck,
  ): Awaitable<CheckedToken>
  /** The public keys, as a JWKS (RFC 7517, section 5). Secrets are left out. */
  jwks(): { keys: PublicJwk[] }
}

export interface DecodeOptions {
  /** Accept a token that has expired. */
  allowExpired?: boolean
  /** The claim `csrf` of the token must be equal to this. */
  csrf?: string
}

/** A `Value` that is a promise if `Read` is one. */
export type Follows<Read, Value> = Read extends Promise<unknown> ? Promise<Value> : Value

/** Makes `decodeToken`. */
export function tokenReader(
  settings: Settings,
): (token: string, options?: DecodeOptions) => Awaitable<Decoded> {
  const { decodeKey } = settings.callbacks
  return (token, { csrf, ...options } = {}) => {
    const verified =
      decodeKey === null
        ? verifyToken(settings, token, settings.now(), options)
        : verifyWithCallbackKey(settings, decodeKey, token, options)
    return mapAwaitable(verified, (result) => {
      if (typeof result === 'string') return refuseToken(settings, result)
      return csrf === undefined || !result.ok ? result : requireCsrf(result, csrf)
    })
  }
}

function requireCsrf(token: VerifiedToken, csrf: string): Decoded {
  const { csrf: expected } = token.claims
  return typeof expected === 'string' && constantTimeEqual(expected, csrf)
    ? token
    : refuse('csrf_token_invalid')
}

/** Makes the methods that return one claim of a token. */
export function claimMethods(
  decodeToken: (token: string) => Awaitable<Decoded>,
): Pick<ReadMethods, 'jti' | 'csrfValue'> {
  const claimOf = (token: string, name: string): Awaitable<string | null> =>
    mapAwaitable(decodeToken(token), (decoded) => {
      const value = decoded.ok ? decoded.claims[name] : null
      return typeof value === 'string' ? value : null
    })
  return { jti: (token) => claimOf(token, 'jti'), csrfValue: (token) => claimOf(token, 'csrf') }
}

/** The header of a token, of which nothing is verified; null if it is not a JSON object. */
export function unverifiedHeader(token: string): Record<string, unknown> | null {
  return decodeObject(token.slice(0, Math.max(0, token.indexOf('.'))))
}
