import type { Follows } from '../core/read-tokens.ts'
import { mapAwaitable } from '../core/awaitable.ts'
import type { Refusal } from '../core/errors.ts'
import type { TokenParts } from '../core/options/callbacks.ts'
import type { Awaitable } from '../core/store.ts'
import type { Anonymous, Authenticated } from './authenticate.ts'
import type { Decoded } from '../core/claims.ts'
import type { TokenKind } from '../core/token-kinds.ts'

export interface CookieAttributes {
  /** Seconds. The default is the lifetime that the options give the cookies. */
  maxAge?: number
  /** Instead of the domain in the options. */
  domain?: string
}

export interface RenewOptions extends CookieAttributes {
  /** Renew a token if it ends within this many seconds. The default is half of its lifetime. */
  within?: number
  /**
   * Renew no token beyond this many seconds after the first sign-in. The default is the option
   * `absoluteLifetime`.
   */
  endsAfter?: number
}

/** The `Set-Cookie` header of a response, as Node and the frameworks return it. */
export type SetCookieHeader = number | string | readonly string[] | null | undefined

/**
 * Cookies for tokens without a store. Each method returns `Set-Cookie` values (RFC 6265, section
 * 4.1), which the application adds to its response.
 */
export interface CookieMethods<Read extends Awaitable<Decoded> = Awaitable<Decoded>> {
  /** Throws a `TypeError` if the token is not a valid token of this application. */
  setAccessCookies(token: string, attributes?: CookieAttributes): Follows<Read, string[]>
  /** Throws a `TypeError` if the token is not a valid token of this application. */
  setRefreshCookies(token: string, attributes?: CookieAttributes): Follows<Read, string[]>
  unsetAccessCookies(attributes?: Pick<CookieAttributes, 'domain'>): string[]
  unsetRefreshCookies(attributes?: Pick<CookieAttributes, 'domain'>): string[]
  /** Access and refresh cookies together. */
  unsetCookies(attributes?: Pick<CookieAttributes, 'domain'>): string[]
  /**
   * New access cookies if the access token of this request ends soon; an empty array if there is
   * nothing to renew. Call it after the route, with the `Set-Cookie` header that the response has
   * by then: if the route has signed in or out, nothing is renewed. The new token keeps the
   * application's claims and its CSRF value, is not fresh, and ends no later than the absolute
   * lifetime, which counts from the first sign-in. Calls `isRevoked` and `verifyClaims` again.
   */
  renewCookies(
    authenticated: Authenticated | Anonymous,
    setCookieHeader: SetCookieHeader,
    options?: RenewOptions,
  ): Awaitable<string[]>
}

/** A renewal of an access token. `now` and `endsAt` in milliseconds, `authTime` in seconds. */
export interface Renewal {
  now: number
  /** The absolute end: the new token must not live longer. */
  endsAt: number
  /** When the user first signed in. */
  authTime: number
}

/** What Latchkey and Flask-JWT-Extended do differently: how tokens and cookies look. */
export interface CookieFormat {
  now: () => number
  /** Milliseconds. */
  absoluteLifetime: number
  accessCookieName: string
  decode(token: string): Awaitable<Decoded>
  set(
    kind: TokenKind,
    token: string,
    claims: TokenParts['claims'],
    attributes: CookieAttributes,
  ): string[]
  unset(kind: TokenKind, attributes: CookieAttributes): string[]
  /** Runs the application's checks again; null if it has none. */
  recheck: ((token: TokenParts) => Awaitable<{ ok: boolean } | Refusal>) | null
  /** Makes the same token again with new times. */
  reissue(authenticated: Authenticated, renewal: Renewal): Awaitable<string>
}

export function cookieMethods(format: CookieFormat): CookieMethods {
  const set = (kind: TokenKind, token: string, attributes: CookieAttributes): Awaitable<string[]> =>
    mapAwaitable(format.decode(token), (decoded) => {
      if (!decoded.ok)
        throw new TypeError(`cookies can only be set for a valid ${kind} token of this application`)
      return format.set(kind, token, decoded.claims, attributes)
    })
  return {
    setAccessCookies: (token, attributes = {}) => set('access', token, attributes),
    setRefreshCookies: (token, attributes = {}) => set('refresh', token, attributes),
    unsetAccessCookies: (attributes = {}) => format.unset('access', attributes),
    unsetRefreshCookies: (attributes = {}) => format.unset('refresh', attributes),
    unsetCookies: (attributes = {}) => [
      ...format.unset('access', attributes),
      ...format.unset('refresh', attributes),
    ],
    renewCookies: (authenticated, setCookieHeader, options = {}) =>
      renewCookies(format, authenticated, setCookieHeader, options),
  }
}

function renewCookies(
  format: CookieFormat,
  authenticated: Authenticated | Anonymous,
  setCookieHeader: SetCookieHeader,
  options: RenewOptions,
): Awaitable<string[]> {
  if (
    authenticated.claims === undefined ||
    authenticated.location !== 'cookies' ||
    hasCookie(setCookieHeader, format.accessCookieName)
  )
    return []
  const renewal = renewalOf(format, authenticated, options)
  if (renewal === null) return []
  return mapAwaitable(format.recheck?.(authenticated) ?? { ok: true }, (check) =>
    check.ok
      ? mapAwaitable(format.reissue(authenticated, renewal), (token) =>
          cookiesIfLater(format, token, authenticated.claims.exp, options),
        )
      : [],
  )
}

/** Cookies for the new token, unless it would end no later than the one it replaces. */
function cookiesIfLater(
  format: CookieFormat,
  token: string,
  currentExp: number,
  attributes: CookieAttributes,
): Awaitable<string[]> {
  return mapAwaitable(format.decode(token), (decoded) =>
    decoded.ok && decoded.claims.exp > currentExp
      ? format.set('access', token, decoded.claims, attributes)
      : [],
  )
}

/** Whether the response sets or deletes the cookie already. */
function hasCookie(header: SetCookieHeader, name: string): boolean {
  if (header === undefined || header === null) return false
  const values = Array.isArray(header) ? (header as readonly string[]) : [String(header)]
  return values.some((value) => value.startsWith(`${name}=`))
}

/**
 * The renewal that is due; null if the token is not near its end, has ended, has reached its
 * absolute end, or has no times.
 */
function renewalOf(
  format: CookieFormat,
  { claims }: Authenticated,
  options: RenewOptions,
): Renewal | null {
  // Flask-JWT-Extended tokens may have any JSON value in any claim.
  const { exp, iat, auth_time: authTime = iat, type } = claims as Record<string, unknown>
  if (typeof exp !== 'number' || typeof iat !== 'number' || typeof authTime !== 'number')
    return null
  if (type === 'refresh') return null
  const now = format.now()
  const remaining = exp * 1000 - now
  const { within = (exp - iat) / 2, endsAfter = format.absoluteLifetime / 1000 } = options
  const endsAt = (authTime + endsAfter) * 1000
  if (remaining <= 0 || remaining > within * 1000 || endsAt <= exp * 1000) return null
  return { now, endsAt, authTime }
}
