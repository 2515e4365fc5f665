import { mapAwaitable } from '../core/awaitable.ts'
import type { CheckedToken, TokenRequirement } from '../core/check-token.ts'
import { refuse, type Refusal } from '../core/errors.ts'
import type { AuthCore } from '../core/auth.ts'
import { settingsOf } from '../core/settings-of-auth.ts'
import type { Awaitable } from '../core/store.ts'
import { isLocations, LOCATIONS_SHAPE } from '../core/options/locations.ts'
import { isBoolean, isPositiveNumber, type OptionShapes } from '../core/options/validate.ts'
import { isObject } from '../core/json.ts'
import { isFresh } from '../core/access-token.ts'
import type { Location } from '../protocol.ts'
import { findToken, type FoundToken } from './find-token.ts'
import { checkDoubleSubmit, checkOrigin } from './csrf.ts'
import { customizeRefusal } from './custom-replies.ts'
import { mostTelling } from './most-telling.ts'
import { isForAnotherSession, type RequestView } from './request.ts'
import type { Claims } from '../core/claims.ts'

export interface Requirement extends TokenRequirement {
  /** A request without a token passes, as `Anonymous`. One with a bad token is still refused. */
  optional?: boolean
  /** Where to look for the token, instead of the option `locations`. */
  locations?: readonly Location[]
}

/**
 * Who sent a request. `CustomClaims` is what the option `claims` returns, `User` what the option
 * `lookupUser` returns. `Identity` is a string, except in dialects.
 */
export interface Authenticated<CustomClaims = unknown, User = unknown, Identity = string> {
  ok: true
  identity: Identity
  claims: Claims & CustomClaims
  /** The header of the token. */
  header: Record<string, unknown>
  /** Where the token was in the request. */
  location: Location
  /** Null for a token that belongs to no session. */
  sessionId: string | null
  /** The token comes from a sign-in with credentials, and still counts as fresh. */
  fresh: boolean
  /** What `lookupUser` returned; undefined without that option. */
  user: User
}

/** A request without a token, behind a guard with the requirement `optional`. */
export interface Anonymous {
  ok: true
  identity: null
  claims?: undefined
  header?: undefined
  location?: undefined
  sessionId?: undefined
  fresh?: undefined
  user?: undefined
}

export type AuthenticateResult<CustomClaims = unknown, User = unknown, Identity = string> =
  Authenticated<CustomClaims, User, Identity> | Anonymous | Refusal

export const ANONYMOUS: Anonymous = Object.freeze({ ok: true, identity: null })

const NOTHING: Requirement = Object.freeze({})
const FLAG = [isBoolean, 'true or false'] as const

/** Each requirement and what it must be. */
const REQUIREMENTS: OptionShapes<Requirement> = {
  optional: FLAG,
  fresh: FLAG,
  maxAge: [isPositiveNumber, 'a positive number of seconds'],
  refresh: FLAG,
  locations: [isLocations, LOCATIONS_SHAPE],
  verifyType: FLAG,
  skipRevocationCheck: FLAG,
}

/** Throws a `TypeError` for an unknown requirement: a misspelt one would not protect its route. */
export function checkRequirement(requirement: Requirement): void {
  if (!isObject(requirement))
    throw new TypeError(
      `requirements are an object such as { fresh: true }, not a ${typeof requirement}`,
    )
  for (const name in requirement) {
    const shape = Object.hasOwn(REQUIREMENTS, name)
      ? REQUIREMENTS[name as keyof Requirement]
      : undefined
    if (shape === undefined)
      throw new TypeError(
        `unknown requirement "${name}"; use ${Object.keys(REQUIREMENTS).join(', ')}`,
      )
    const value = requirement[name as keyof Requirement]
    if (value !== undefined && !shape[0](value))
      throw new TypeError(`requirement "${name}" must be ${shape[1]}`)
  }
}

/**
 * Finds and checks the token of a request. Returns a promise only if the body must be read, the
 * store or a callback is needed, or several cookies have one name.
 */
export function authenticate(
  auth: AuthCore,
  view: RequestView,
  requirement: Requirement = NOTHING,
): Awaitable<AuthenticateResult> {
  const settings = settingsOf(auth)
  checkRequirement(requirement)
  const found = findToken(
    settings,
    view,
    requirement.refresh ? 'refresh' : 'access',
    requirement.locations ?? settings.locations,
    settings.bodyLimit,
  )
  return found instanceof Promise
    ? found.then((resolved) => checkFound(auth, view, requirement, resolved))
    : checkFound(auth, view, requirement, found)
}

function checkFound(
  auth: AuthCore,
  view: RequestView,
  requirement: Requirement,
  found: FoundToken | Refusal | null,
): Awaitable<AuthenticateResult> {
  if (found === null || 'ok' in found) {
    if (requirement.optional) return ANONYMOUS
    return customizeRefusal(auth, found ?? refuse('token_missing'), null)
  }
  const { token, location, others } = found
  const forged = location === 'cookies' && checkOrigin(settingsOf(auth), view, { cookies: true })
  if (forged) return customizeRefusal(auth, forged, token)
  if (others.length > 0) return checkEach(auth, view, requirement, [token, ...others])
  const result = checkOne(auth, view, requirement, token, location)
  return settingsOf(auth).callbacks.answers === null
    ? result
    : mapAwaitable(result, (checked) => customized(auth, checked, token))
}

/** Tries the values of several cookies with one name. The first valid one counts. */
async function checkEach(
  auth: AuthCore,
  view: RequestView,
  requirement: Requirement,
  tokens: readonly string[],
): Promise<AuthenticateResult> {
  const refusals: Refusal[] = []
  for (const token of tokens) {
    const result = await checkOne(auth, view, requirement, token, 'cookies')
    if (result.ok) return result
    refusals.push(result)
  }
  const index = mostTelling(refusals)
  return customizeRefusal(auth, refusals[index]!, tokens[index]!)
}

/** Applies the option `answers` to a refusal. */
const customized = (
  auth: AuthCore,
  result: AuthenticateResult,
  token: string,
): Awaitable<AuthenticateResult> => (result.ok ? result : customizeRefusal(auth, result, token))

function checkOne(
  auth: AuthCore,
  view: RequestView,
  requirement: Requirement,
  token: string,
  location: Location,
): Awaitable<AuthenticateResult> {
  const settings = settingsOf(auth)
  const { csrf, now } = settings
  const checked = auth.checkToken(
    token,
    requirement,
    location === 'cookies' && csrf !== null
      ? (claims) => checkDoubleSubmit(settings, csrf, view, claims)
      : undefined,
  )
  return checked instanceof Promise
    ? checked.then((resolved) => toResult(resolved, location, view, now))
    : toResult(checked, location, view, now)
}

function toResult(
  checked: CheckedToken,
  location: Location,
  view: RequestView,
  now: () => number,
): AuthenticateResult {
  if (!checked.ok) return checked
  const { claims, header, user } = checked
  const sessionId = claims.sid ?? null
  if (location === 'cookies' && isForAnotherSession(view, sessionId))
    return refuse('session_mismatch')
  const fresh = typeof claims.fresh === 'boolean' ? claims.fresh : isFresh(claims, now())
  return { ok: true, identity: claims.sub, claims, header, location, sessionId, fresh, user }
}
