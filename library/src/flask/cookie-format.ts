import type { AuthCore } from '../core/auth.ts'
import { mapAwaitable } from '../core/awaitable.ts'
import { createCallbackChecks } from '../core/token-check-callbacks.ts'
import { settingsOf } from '../core/settings-of-auth.ts'
import type { CookieFormat } from '../http/cookies-without-session.ts'
import type { FlaskSettings } from './config.ts'
import { setCookies, unsetCookies } from './cookies.ts'
import { createToken } from './create-token.ts'
import type { FindSigningKey } from './signing-key.ts'

/** Tokens and cookies as Flask-JWT-Extended makes them. */
export function flaskCookieFormat(
  config: FlaskSettings,
  core: AuthCore,
  findSigningKey: FindSigningKey,
): CookieFormat {
  const settings = settingsOf(core)
  const runChecks = createCallbackChecks(settings)
  const { now, absoluteLifetime } = settings
  return {
    now,
    absoluteLifetime,
    accessCookieName: config.JWT_ACCESS_COOKIE_NAME,
    decode: (token) => core.decodeToken(token),
    set: (kind, token, claims, attributes) =>
      setCookies(config, kind, token, claims.csrf, now(), attributes),
    unset: (kind, attributes) => unsetCookies(config, kind, attributes),
    recheck: runChecks && ((token) => runChecks(token, false)),
    reissue: ({ identity, claims, header }, renewal) =>
      mapAwaitable(findSigningKey(identity), ({ algorithm, key }) =>
        createToken(config, algorithm, key, {
          kind: 'access',
          identity,
          fresh: false,
          now: renewal.now,
          notAfter: renewal.endsAt,
          randomBytes: settings.randomBytes,
          claims: {
            ...omit(claims, [...RENEWED_CLAIMS, config.JWT_IDENTITY_CLAIM]),
            auth_time: renewal.authTime,
          },
          headers: omit(header, ['alg']),
        }),
      ),
  }
}

/** The claims that a renewed token gets anew. It keeps all others. */
const RENEWED_CLAIMS = ['fresh', 'iat', 'jti', 'nbf', 'aud', 'iss', 'exp']

const omit = (object: object, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))
