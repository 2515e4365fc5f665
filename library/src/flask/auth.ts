import { randomBytes } from 'node:crypto'
import { createAuthCore, type AuthCore } from '../core/auth.ts'
import { mapAwaitable } from '../core/awaitable.ts'
import type { CheckedToken } from '../core/check-token.ts'
import type { TokenMethods } from '../core/create-tokens.ts'
import type { Settings } from '../core/options.ts'
import { claimMethods } from '../core/read-tokens.ts'
import { settingsOf } from '../core/settings-of-auth.ts'
import type { Awaitable } from '../core/store.ts'
import { mergeObjects, tokenAdditions } from '../core/token-claims-callbacks.ts'
import { withAnswers } from '../http/answered-methods.ts'
import { authMethods } from '../http/auth-methods.ts'
import type { Dialect, DialectOptions, TokenAuth } from '../http/auth-types.ts'
import {
  ANONYMOUS,
  checkRequirement,
  type AuthenticateResult,
  type Requirement,
} from '../http/authenticate.ts'
import { customizeRefusal } from '../http/custom-replies.ts'
import type { RequestView } from '../http/request.ts'
import { cookieMethods } from '../http/cookies-without-session.ts'
import { isFresh, tokenChecker, type FlaskTokenCheck } from './check-token.ts'
import type { FlaskSettings } from './config.ts'
import { flaskCookieFormat } from './cookie-format.ts'
import { tokenDecoder, type DecodeToken } from './decode-token.ts'
import { findToken, type FoundToken, type SearchSettings } from './find-token.ts'
import { loadHeader } from './jws.ts'
import { createToken } from './create-token.ts'
import { refuseWith, type Fault } from './refusals.ts'
import { signingKeyFinder, type FindSigningKey } from './signing-key.ts'
import type { Delta, Span } from './timedelta.ts'
import type { TokenOptions } from '../core/claims.ts'
import type { TokenKind } from '../core/token-kinds.ts'

/** What `createAccessToken` and `createRefreshToken` take after `fromFlask`. */
export interface FlaskTokenOptions extends Omit<TokenOptions, 'expiresIn' | 'fresh'> {
  /** True, or for how long or until when the token counts as fresh: seconds, a span, or a date. */
  fresh?: boolean | number | Span | Date
  /** Seconds, a span such as `{ days: 30 }`, or false for a token that never expires. */
  expiresIn?: Delta
}

/**
 * Makes the methods with the behaviour of Flask-JWT-Extended. Session methods throw: there is no
 * store.
 */
export function createFlaskAuth(
  config: FlaskSettings,
  options: DialectOptions,
): ReturnType<Dialect<FlaskTokenOptions>> {
  const { dialect: _, ...coreOptions } = options
  const base = createAuthCore({ ...coreOptions, secret: randomBytes(32) })
  const settings = settingsOf(base)
  const { bodyLimit } = settings
  const decode = tokenDecoder(config, settings)
  const check = tokenChecker(config, settings)
  const findSigningKey = signingKeyFinder(config, settings)
  const core: AuthCore = {
    ...base,
    ...tokenMethods(config, settings, findSigningKey),
    decodeToken: (token, decodeOptions) => decode(token, decodeOptions),
    checkToken: (token, requirement, extraCheck) =>
      mapAwaitable(decode(token), (decoded) => check(decoded, requirement, extraCheck)),
    ...claimMethods((token) => decode(token)),
    unverifiedHeader: loadHeader,
    jwks: () => ({ keys: [] }),
  }
  const cookies = cookieMethods(flaskCookieFormat(config, core, findSigningKey))
  return withAnswers(core, {
    ...core,
    ...cookies,
    ...authMethods(core),
    clearCookies: () => cookies.unsetCookies(),
    authenticate: authenticator({ config: { ...config, bodyLimit }, core, decode, check }),
  })
}

function tokenMethods(
  config: FlaskSettings,
  settings: Settings,
  findSigningKey: FindSigningKey,
): TokenMethods<unknown, Awaitable<string>, FlaskTokenOptions> {
  const create = (
    kind: TokenKind,
    subject: unknown,
    { fresh = false, expiresIn, claims, headers }: FlaskTokenOptions,
  ): Awaitable<string> =>
    mapAwaitable(tokenAdditions(settings.callbacks, subject), (added) =>
      mapAwaitable(findSigningKey(subject), ({ algorithm, key }) =>
        createToken(config, algorithm, key, {
          kind,
          identity: added.identity,
          fresh: kind === 'access' && fresh,
          now: settings.now(),
          expiresIn,
          randomBytes: settings.randomBytes,
          claims: mergeObjects(added.claims, claims),
          headers: mergeObjects(added.headers, headers),
        }),
      ),
    )
  return {
    createAccessToken: (subject, options = {}) => create('access', subject, options),
    createRefreshToken: (subject, options = {}) => create('refresh', subject, options),
  }
}

/** What `authenticate` needs. */
interface Checks {
  config: SearchSettings
  core: AuthCore
  decode: DecodeToken
  check: FlaskTokenCheck
}

/**
 * Makes `authenticate`. A request with the method OPTIONS passes without a token, as in
 * Flask-JWT-Extended.
 */
function authenticator(checks: Checks): TokenAuth['authenticate'] {
  const { config, core } = checks
  const authenticate = (
    view: RequestView,
    requirement: Requirement = {},
  ): Awaitable<AuthenticateResult> => {
    checkRequirement(requirement)
    if (view.method === 'OPTIONS') return ANONYMOUS
    const kind = requirement.refresh ? 'refresh' : 'access'
    const locations = requirement.locations ?? config.JWT_TOKEN_LOCATION
    return mapAwaitable(findToken(config, view, kind, locations), (found) => {
      const token = 'token' in found && typeof found.token === 'string' ? found.token : null
      return mapAwaitable(checkFound(checks, found, requirement), (result) =>
        result.ok ? result : customizeRefusal(core, result, token),
      )
    })
  }
  return authenticate as TokenAuth['authenticate']
}

function checkFound(
  { config, core, decode, check }: Checks,
  found: FoundToken | Fault,
  requirement: Requirement,
): Awaitable<AuthenticateResult> {
  if ('kind' in found)
    return requirement.optional && (found.kind === 'missing' || found.kind === 'unsearched')
      ? ANONYMOUS
      : refuseWith(config, found)
  const { token, location, csrf } = found
  const { now } = settingsOf(core)
  return mapAwaitable(decode(token, { csrf }), (decoded) =>
    mapAwaitable(check(decoded, requirement), (checked) =>
      toResult(config, checked, location, now()),
    ),
  )
}

function toResult(
  config: FlaskSettings,
  checked: CheckedToken,
  location: FoundToken['location'],
  now: number,
): AuthenticateResult {
  if (!checked.ok) return checked
  const { claims, header, user } = checked
  const sessionId = typeof claims.sid === 'string' ? claims.sid : null
  return {
    ok: true,
    identity: claims[config.JWT_IDENTITY_CLAIM] as string,
    claims,
    header,
    location,
    sessionId,
    fresh: isFresh(claims.fresh, now),
    user,
  }
}
