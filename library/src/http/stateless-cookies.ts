import type { Follows } from '../core/auth.ts'
import { whenReady } from '../core/awaitable.ts'
import type { Refusal } from '../core/errors.ts'
import type { TokenKind } from '../core/jws.ts'
import type { TokenParts } from '../core/options/callbacks.ts'
import type { Awaitable } from '../core/store.ts'
import type { Decoded } from '../core/access-token.ts'
import type { Anonymous, Authenticated } from './authenticate.ts'

export interface CookieAttributes {
  /** Seconds. Without it the cookies live as the options say. */
  maxAge?: number
  /** Instead of that of the options. */
  domain?: string
}

export interface RenewOptions extends CookieAttributes {
  /** Seconds before the end of a token from which on it is renewed; half of its life. */
  within?: number
  /** Seconds after the sign-in at which nothing is renewed any more; the option `absoluteLifetime`. */
  endsAfter?: number
}

/** The `Set-Cookie` values of a response, as Node and the frameworks give them. */
type Already = number | string | readonly string[] | null | undefined

/** Cookies for tokens that no store knows of. Each answers values of `Set-Cookie`, which the application adds to its response. */
export interface CookieVerbs<Read extends Awaitable<Decoded> = Awaitable<Decoded>> {
  /** Throws a `TypeError` for a token that is not ours, or not valid. */
  setAccessCookies(token: string, life?: CookieAttributes): Follows<Read, string[]>
  setRefreshCookies(token: string, life?: CookieAttributes): Follows<Read, string[]>
  unsetAccessCookies(life?: Pick<CookieAttributes, 'domain'>): string[]
  unsetRefreshCookies(life?: Pick<CookieAttributes, 'domain'>): string[]
  /** All of them. */
  unsetCookies(life?: Pick<CookieAttributes, 'domain'>): string[]
  /**
   * New access cookies for somebody whose own are about to end; none where there is nothing to renew. Call it when the route is done, with the
   * `Set-Cookie` values that the response has: after a sign-in or a sign-out on the same response nothing is renewed. The new token keeps the
   * application's claims and its CSRF value, is never fresh, and never outlives the absolute end, which counts from the first sign-in.
   * `isRevoked` and `verifyClaims` are asked again.
   */
  renewCookies(
    who: Authenticated | Anonymous,
    already: Already,
    options?: RenewOptions,
  ): Awaitable<string[]>
}

/** What the two presets do each in their own way. */
export interface CookieFormat {
  now: () => number
  /** Milliseconds. */
  absoluteLifetime: number
  /** The name of the access cookie. */
  name: string
  decode(token: string): Awaitable<Decoded>
  set(
    kind: TokenKind,
    token: string,
    claims: TokenParts['claims'],
    life: CookieAttributes,
  ): string[]
  unset(kind: TokenKind, life: CookieAttributes): string[]
  /** Asks the application again; a refusal means no. Null where there is nothing to ask. */
  ask: ((token: TokenParts) => Awaitable<{ ok: boolean } | Refusal>) | null
  /** The same token with another end, in milliseconds; `authTime` in seconds. */
  remint(who: Authenticated, now: number, endsAt: number, authTime: number): Awaitable<string>
}

export function cookieVerbs(preset: CookieFormat): CookieVerbs {
  const set = (kind: TokenKind, token: string, life: CookieAttributes): Awaitable<string[]> =>
    whenReady(preset.decode(token), (decoded) => {
      if (!decoded.ok)
        throw new TypeError(`cookies can only be set for a valid ${kind} token of this application`)
      return preset.set(kind, token, decoded.claims, life)
    })
  return {
    setAccessCookies: (token, life = {}) => set('access', token, life),
    setRefreshCookies: (token, life = {}) => set('refresh', token, life),
    unsetAccessCookies: (life = {}) => preset.unset('access', life),
    unsetRefreshCookies: (life = {}) => preset.unset('refresh', life),
    unsetCookies: (life = {}) => [
      ...preset.unset('access', life),
      ...preset.unset('refresh', life),
    ],
    renewCookies: (who, already, options = {}) => renew(preset, who, already, options),
  }
}

function renew(
  preset: CookieFormat,
  who: Authenticated | Anonymous,
  already: Already,
  options: RenewOptions,
): Awaitable<string[]> {
  if (who.identity === null || who.location !== 'cookies' || isSet(preset.name, already)) return []
  const due = renewal(preset, who, options)
  if (due === null) return []
  return whenReady(preset.ask?.(who) ?? { ok: true }, (verdict) =>
    verdict.ok
      ? whenReady(preset.remint(who, due.now, due.endsAt, due.authTime), (token) =>
          newCookies(preset, token, who.claims.exp, options),
        )
      : [],
  )
}

/** A token that would end no later than the one it replaces is not worth its cookie. */
function newCookies(
  preset: CookieFormat,
  token: string,
  before: number,
  life: CookieAttributes,
): Awaitable<string[]> {
  return whenReady(preset.decode(token), (decoded) =>
    decoded.ok && decoded.claims.exp > before
      ? preset.set('access', token, decoded.claims, life)
      : [],
  )
}

/** Whether the response sets or takes away the access cookie already. */
function isSet(name: string, already: Already): boolean {
  const values = Array.isArray(already)
    ? (already as readonly string[])
    : already === undefined || already === null
      ? []
      : [String(already)]
  return values.some((value) => value.startsWith(`${name}=`))
}

/** When the new token would end; null where there is nothing to renew: not yet, not any more, or a token without times. */
function renewal(
  preset: CookieFormat,
  { claims }: Authenticated,
  options: RenewOptions,
): { now: number; endsAt: number; authTime: number } | null {
  const {
    exp,
    iat,
    auth_time: authTime = iat,
    type,
  } = claims as { exp?: unknown; iat?: unknown; auth_time?: unknown; type?: unknown }
  if (
    typeof exp !== 'number' ||
    typeof iat !== 'number' ||
    typeof authTime !== 'number' ||
    type === 'refresh'
  )
    return null
  const now = preset.now()
  const left = exp * 1000 - now
  const { within = (exp - iat) / 2, endsAfter = preset.absoluteLifetime / 1000 } = options
  const last = (authTime + endsAfter) * 1000
  if (left <= 0 || left > within * 1000 || last <= exp * 1000) return null
  return { now, endsAt: last, authTime }
}
