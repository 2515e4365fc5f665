import { callbackChecks } from '../core/check-callbacks.ts'
import type { Verbs } from '../core/auth.ts'
import { isReserved, mintToken, type Claims } from '../core/access-token.ts'
import { setCookie } from './cookies.ts'
import type { CookieFormat } from './stateless-cookies.ts'

const HEADER_OWN = new Set(['alg', 'typ', 'kid'])
const without = (
  object: Record<string, unknown>,
  isOwn: (name: string) => boolean,
): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !isOwn(name)))

/** Cookies of tokens without a store, as Latchkey sets them by default. */
export function defaultCookieFormat({ settings, decodeToken }: Verbs): CookieFormat {
  const { csrf, now } = settings
  const questions = callbackChecks(settings)
  const names = { access: ['access', 'csrf'], refresh: ['refresh', 'refreshCsrf'] } as const
  const life = (claims: Claims, maxAge?: number): number =>
    Math.max(0, Math.floor(maxAge ?? claims.exp - now() / 1000))
  return {
    now,
    absoluteLifetime: settings.absoluteLifetime,
    name: settings.cookies.access.name,
    decode: (token) => decodeToken(token),
    set(kind, token, claims, { maxAge, domain }) {
      const [name, beside] = names[kind]
      const cookies = [setCookie(settings, name, token, life(claims, maxAge), domain)]
      if (csrf?.cookie && claims.csrf !== undefined)
        cookies.push(setCookie(settings, beside, claims.csrf, life(claims, maxAge), domain))
      return cookies
    },
    unset: (kind, { domain }) =>
      names[kind]
        .slice(0, csrf === null ? 1 : 2)
        .map((name) => setCookie(settings, name, '', 0, domain)),
    ask: questions && ((token) => questions(token, false)),
    remint({ claims, header }, now, endsAt, authTime) {
      if (settings.store !== null)
        throw new TypeError('with the option "store" cookies are renewed by the refresh route')
      const expiresAt = Math.min(now + settings.accessLifetime, endsAt)
      const own = { auth_time: authTime, ...(claims.csrf !== undefined && { csrf: claims.csrf }) }
      const headers = without(header, (name) => HEADER_OWN.has(name))
      return mintToken(settings, {
        kind: 'access',
        identity: claims.sub,
        fresh: false,
        now,
        expiresAt,
        own,
        claims: without(claims, isReserved),
        headers: Object.keys(headers).length === 0 ? undefined : headers,
      })
    },
  }
}
