import { randomBytes } from 'node:crypto'
import { createVerbs, tokenVerbs, type Verbs } from '../core/auth.ts'
import { mapAwaitable } from '../core/awaitable.ts'
import { createCallbackChecks } from '../core/check-callbacks.ts'
import type { CheckedToken, TokenCheck, TokenRequirement } from '../core/check-token.ts'
import type { Refusal } from '../core/errors.ts'
import type { TokenKind } from '../core/jws.ts'
import { tokenAdditions, mergeObjects } from '../core/token-callbacks.ts'
import type { Settings } from '../core/options.ts'
import type { Awaitable } from '../core/store.ts'
import type { VerifiedToken, TokenOptions } from '../core/access-token.ts'
import type { Auth, DialectOptions } from '../http/auth.ts'
import {
  checkRequirement,
  type AuthenticateResult,
  type Requirement,
} from '../http/authenticate.ts'
import { cookieVerbs, type CookieFormat } from '../http/stateless-cookies.ts'
import { customizeRefusal } from '../http/custom-replies.ts'
import type { RequestView } from '../http/request.ts'
import { setCookies, unsetCookies } from './cookies.ts'
import type { FlaskSettings } from './config.ts'
import { decoder } from './decode.ts'
import type { Delta } from './timedelta.ts'
import { findToken, type FoundToken } from './find-token.ts'
import { loadHeader } from './jws.ts'
import { mintToken } from './mint.ts'
import { str } from './python.ts'
import { refuseFault, translate, type Fault } from './refusals.ts'
import { signer, type SigningKey } from './signer.ts'

const ANONYMOUS = Object.freeze({ ok: true, identity: null }) as AuthenticateResult

/** The verbs as Flask-JWT-Extended has them. Those of sessions say, as everywhere without a store, that there is none. */
export function createFlaskAuth(config: FlaskSettings, options: DialectOptions): Auth {
  const { dialect: _, ...rest } = options
  const base = createVerbs({ ...rest, secret: randomBytes(32) })
  const { settings } = base
  const decode = decoder(config, settings)
  const check = checker(config, settings)
  const create = (
    kind: TokenKind,
    user: unknown,
    given: TokenOptions & { expiresIn?: Delta },
  ): Awaitable<string> =>
    mapAwaitable(tokenAdditions(settings.callbacks, user), (added) =>
      mapAwaitable(signingKey(user), ({ algorithm, key }) => {
        const { fresh = false, expiresIn } = kind === 'refresh' ? { ...given, fresh: false } : given
        const claims = mergeObjects(added.claims, given.claims)
        const headers = mergeObjects(added.headers, given.headers)
        return mintToken(config, algorithm, key, {
          kind,
          identity: added.identity,
          fresh,
          now: settings.now(),
          expiresIn,
          random: settings.random,
          claims,
          headers,
        })
      }),
    )
  const signingKey = signer(config, settings)
  const verbs: Verbs = {
    ...base,
    createAccessToken: (user, given = {}) => create('access', user, given),
    createRefreshToken: (user, given = {}) => create('refresh', user, given),
    decodeToken: (token, given) => decode(token, given),
    checkToken: (token, requirement, objection) =>
      mapAwaitable(decode(token), (read) => check(read, requirement, objection)),
    ...tokenVerbs((token) => decode(token)),
    unverifiedHeader: loadHeader,
    jwks: () => ({ keys: [] }),
  }
  const preset = cookiePreset(config, verbs, signingKey)
  const judge = (
    found: FoundToken | Fault,
    requirement: Requirement,
  ): Awaitable<AuthenticateResult> => {
    if ('kind' in found)
      return found.kind === 'missing' && requirement.optional
        ? ANONYMOUS
        : refuseFault(config, found)
    const { token, location, csrf } = found
    return mapAwaitable(decode(token, { csrf }), (read) =>
      mapAwaitable(check(read, requirement), (checked) =>
        outcomeOf(config, checked, location, settings.now()),
      ),
    )
  }
  const authenticate = (
    view: RequestView,
    requirement: Requirement = {},
  ): Awaitable<AuthenticateResult> => {
    checkRequirement(requirement)
    if (view.method === 'OPTIONS') return ANONYMOUS
    return mapAwaitable(
      findToken(
        config,
        view,
        requirement.refresh ? 'refresh' : 'access',
        requirement.locations ?? config.JWT_TOKEN_LOCATION,
      ),
      (found) => {
        const token = 'token' in found && typeof found.token === 'string' ? found.token : null
        return mapAwaitable(judge(found, requirement), (outcome) =>
          outcome.ok ? outcome : customizeRefusal(verbs, outcome, token),
        )
      },
    )
  }
  return Object.freeze({
    ...verbs,
    ...cookieVerbs(preset),
    authenticate: authenticate as Auth['authenticate'],
  })
}

/** The checks behind the token's own, in the order of Flask-JWT-Extended. */
function checker(config: FlaskSettings, settings: Settings) {
  const questions = createCallbackChecks(settings)
  const refuse = (kind: Fault['kind'], message: string): Refusal =>
    refuseFault(config, { kind, message })
  return (
    read: VerifiedToken | Refusal,
    { fresh, refresh, verifyType = true, skipRevocationCheck = false }: TokenRequirement = {},
    objection?: TokenCheck,
  ): Awaitable<CheckedToken> => {
    if (!read.ok) return read
    const { claims, header, kind } = read
    if (verifyType && (kind === 'refresh') !== Boolean(refresh))
      return refuse('type', `Only ${refresh ? 'refresh' : 'non-refresh'} tokens are allowed`)
    if (fresh && !isFresh(claims.fresh, settings.now()))
      return refuse('fresh', 'Fresh token required')
    const passed = { ...read, user: undefined }
    const ask = (): Awaitable<CheckedToken> =>
      questions === null
        ? passed
        : mapAwaitable(questions({ claims, header }, skipRevocationCheck), (verdict) =>
            verdict.ok
              ? { ...passed, user: verdict.user }
              : translate(config, verdict, str(claims[config.JWT_IDENTITY_CLAIM])),
          )
    return objection === undefined
      ? ask()
      : mapAwaitable(objection(claims), (refusal) => refusal ?? ask())
  }
}

/** A number says until when; anything but that and `true` is not fresh. */
const isFresh = (fresh: unknown, now: number): boolean =>
  fresh === true || (typeof fresh === 'number' && fresh * 1000 >= now)

function outcomeOf(
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

/** Claims that a token has of its own; a renewed one keeps all the others. */
const OF_ITS_OWN = ['fresh', 'iat', 'jti', 'nbf', 'aud', 'iss', 'exp']

const without = (object: object, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

function cookiePreset(
  config: FlaskSettings,
  { settings, decodeToken }: Verbs,
  signingKey: SigningKey,
): CookieFormat {
  const questions = createCallbackChecks(settings)
  const { now, absoluteLifetime, random } = settings
  return {
    now,
    absoluteLifetime,
    accessCookieName: config.JWT_ACCESS_COOKIE_NAME,
    decode: (token) => decodeToken(token),
    set: (kind, token, claims, life) => setCookies(config, kind, token, claims.csrf, now(), life),
    unset: (kind, life) => unsetCookies(config, kind, life),
    recheck: questions && ((token) => questions(token, false)),
    reissue({ identity, claims, header }, { now: at, endsAt, authTime }) {
      const kept = {
        ...without(claims, [...OF_ITS_OWN, config.JWT_IDENTITY_CLAIM]),
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
