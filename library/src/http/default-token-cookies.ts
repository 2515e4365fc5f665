import { createCallbackChecks } from '../core/token-check-callbacks.ts'
import type { AuthCore } from '../core/auth.ts'
import { settingsOf } from '../core/settings-of-auth.ts'
import { isReservedClaim, createToken } from '../core/access-token.ts'
import type { Settings } from '../core/options.ts'
import type { CookieName } from '../core/options/cookies.ts'
import type { TokenKind } from '../core/token-kinds.ts'
import { clearPrevious, setCookie } from './cookies.ts'
import type { Authenticated } from './authenticate.ts'
import type { CookieFormat, Renewal } from './cookies-without-session.ts'
import type { Awaitable } from '../core/store.ts'
import type { Claims } from '../core/claims.ts'

/** The cookies of each kind of token: the token itself and its CSRF value. */
const COOKIE_NAMES = { access: ['access', 'csrf'], refresh: ['refresh', 'refreshCsrf'] } as const

/** Tokens and cookies without a store, as Latchkey makes them by default. */
export function defaultCookieFormat(core: AuthCore): CookieFormat {
  const settings = settingsOf(core)
  const { csrf, now } = settings
  const runChecks = createCallbackChecks(settings)
  return {
    now,
    absoluteLifetime: settings.absoluteLifetime,
    accessCookieName: settings.cookies.access.name,
    decode: (token) => core.decodeToken(token),
    set(kind, token, claims, { maxAge, domain }) {
      const [tokenCookie, csrfCookie] = COOKIE_NAMES[kind]
      const lifetime = Math.max(0, Math.floor(maxAge ?? claims.exp - now() / 1000))
      const cookies = [setCookie(settings, tokenCookie, token, lifetime, domain)]
      if (csrf?.cookie && claims.csrf !== undefined)
        cookies.push(setCookie(settings, csrfCookie, claims.csrf, lifetime, domain))
      return [...clearPrevious(settings, clearedKinds(settings, kind, domain)), ...cookies]
    },
    unset: (kind, { domain }) => [
      ...clearPrevious(settings, clearedKinds(settings, kind, domain)),
      ...kindsOf(settings, kind).map((name) => setCookie(settings, name, '', 0, domain)),
    ],
    recheck: runChecks && ((token) => runChecks(token, false)),
    reissue: (authenticated, renewal) => reissue(settings, authenticated, renewal),
  }
}

const kindsOf = ({ csrf }: Settings, kind: TokenKind): readonly CookieName[] =>
  COOKIE_NAMES[kind].slice(0, csrf === null ? 1 : 2)

/** With a domain of the caller's own, the scopes in the options are not those of its cookies. */
const clearedKinds = (
  settings: Settings,
  kind: TokenKind,
  domain: string | undefined,
): readonly CookieName[] => (domain === undefined ? kindsOf(settings, kind) : [])

function reissue(
  settings: Settings,
  { claims, header }: Authenticated,
  { now, endsAt, authTime }: Renewal,
): Awaitable<string> {
  if (settings.store !== null)
    throw new TypeError('with the option "store" cookies are renewed by the refresh route')
  return createToken(settings, {
    kind: 'access',
    identity: claims.sub,
    fresh: false,
    now,
    expiresAt: Math.min(now + settings.accessLifetime, endsAt),
    ownClaims: { auth_time: authTime, ...(claims.csrf !== undefined && { csrf: claims.csrf }) },
    claims: omit(claims, isReservedClaim),
    headers: applicationHeaders(header),
  })
}

const OWN_HEADERS = new Set(['alg', 'typ', 'kid'])

/** The header parameters that the application added; undefined if there are none. */
function applicationHeaders(header: Record<string, unknown>): Record<string, unknown> | undefined {
  const headers = omit(header, (name) => OWN_HEADERS.has(name))
  return Object.keys(headers).length === 0 ? undefined : headers
}

function omit(
  object: Record<string, unknown> | Claims,
  isOmitted: (name: string) => boolean,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !isOmitted(name)))
}
