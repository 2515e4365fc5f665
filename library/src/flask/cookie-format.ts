import type { AuthCore } from '../core/auth.ts'
import { mapAwaitable } from '../core/awaitable.ts'
import { createCallbackChecks } from '../core/check-callbacks.ts'
import { settingsOf } from '../core/settings-of.ts'
import type { CookieFormat } from '../http/stateless-cookies.ts'
import type { FlaskSettings } from './config.ts'
import { setCookies, unsetCookies } from './cookies.ts'
import { mintToken } from './mint.ts'
import type { SigningKey } from './signer.ts'

/** Claims that a renewed token gets anew; it keeps all others. */
const RENEWED_CLAIMS = ['fresh', 'iat', 'jti', 'nbf', 'aud', 'iss', 'exp']

const without = (object: object, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

/** Cookies as Flask-JWT-Extended sets them. */
export function flaskCookieFormat(
  config: FlaskSettings,
  core: AuthCore,
  signingKey: SigningKey,
): CookieFormat {
  const settings = settingsOf(core)
  const questions = createCallbackChecks(settings)
  const { now, absoluteLifetime, random } = settings
  return {
    now,
    absoluteLifetime,
    accessCookieName: config.JWT_ACCESS_COOKIE_NAME,
    decode: (token) => core.decodeToken(token),
    set: (kind, token, claims, life) => setCookies(config, kind, token, claims.csrf, now(), life),
    unset: (kind, life) => unsetCookies(config, kind, life),
    recheck: questions && ((token) => questions(token, false)),
    reissue({ identity, claims, header }, { now: at, endsAt, authTime }) {
      const kept = {
        ...without(claims, [...RENEWED_CLAIMS, config.JWT_IDENTITY_CLAIM]),
        auth_time: authTime,
      }
      const minting = {
        kind: 'access' as const,
        identity,
        fresh: false,
        now: at,
        latest: endsAt,
        random,
        claims: kept,
        headers: without(header, ['alg']),
      }
      return mapAwaitable(signingKey(identity), ({ algorithm, key }) =>
        mintToken(config, algorithm, key, minting),
      )
    },
  }
}
