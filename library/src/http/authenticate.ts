import type { CheckedToken, TokenRequirement } from '../core/check-token.ts'
import { refuse, type Refusal } from '../core/errors.ts'
import type { Verbs } from '../core/auth.ts'
import type { Awaitable } from '../core/store.ts'
import { isLocations, LOCATIONS_SHAPE } from '../core/options/locations.ts'
import { isBoolean, type OptionShapes } from '../core/options/validate.ts'
import { isFresh, type Claims } from '../core/access-token.ts'
import type { Location } from '../protocol.ts'
import { findToken, type FoundToken } from './find-token.ts'
import { checkDoubleSubmit, checkOrigin } from './csrf.ts'
import { customizeRefusal } from './custom-replies.ts'
import { isForAnotherSession, type RequestView } from './request.ts'

export interface Requirement extends TokenRequirement {
  /** Let a request without a token pass. One with a bad token is refused all the same. */
  optional?: boolean
  /** Where to look, instead of the option `locations`. */
  locations?: readonly Location[]
}

/** Who sent a request. */
export interface Authenticated {
  ok: true
  identity: string
  claims: Claims
  /** The header of the token. */
  header: Record<string, unknown>
  location: Location
  sessionId: string | null
  fresh: boolean
  /** What `lookupUser` answered; undefined without that option. */
  user: unknown
}

/** A request without a token, where that is allowed. */
export interface Anonymous {
  ok: true
  identity: null
}

export type AuthenticateResult = Authenticated | Anonymous | Refusal

const ANONYMOUS: Anonymous = Object.freeze({ ok: true, identity: null })

const NOTHING: Requirement = Object.freeze({})
const FLAG = [isBoolean, 'true or false'] as const

/** Each requirement and what it must be. */
const REQUIREMENTS: OptionShapes<Requirement> = {
  optional: FLAG,
  fresh: FLAG,
  refresh: FLAG,
  locations: [isLocations, LOCATIONS_SHAPE],
  verifyType: FLAG,
  skipRevocationCheck: FLAG,
}

/** Throws a `TypeError` for a requirement that does not exist: a route that is guarded by a misspelt word is not guarded. */
export function checkRequirement(requirement: Requirement): void {
  for (const name in requirement) {
    const shape = Object.hasOwn(REQUIREMENTS, name)
      ? REQUIREMENTS[name as keyof Requirement]
      : undefined
    if (shape === undefined)
      throw new TypeError(
        `unknown requirement "${name}"; there are ${Object.keys(REQUIREMENTS).join(', ')}`,
      )
    const value = requirement[name as keyof Requirement]
    if (value !== undefined && !shape[0](value))
      throw new TypeError(`requirement "${name}" must be ${shape[1]}`)
  }
}

/** Finds and checks the token of a request. Answers at once unless the body or the store must be asked. */
export function authenticate(
  auth: Verbs,
  view: RequestView,
  requirement: Requirement = NOTHING,
): Awaitable<AuthenticateResult> {
  const { settings } = auth
  checkRequirement(requirement)
  const found = findToken(
    settings,
    view,
    requirement.refresh ? 'refresh' : 'access',
    requirement.locations ?? settings.locations,
  )
  const check = settings.callbacks.answers === null ? checkFound : checkAndAnswer
  return found instanceof Promise
    ? found.then((late) => check(auth, view, requirement, late))
    : check(auth, view, requirement, found)
}

/** The same with the application's own answers. */
function checkAndAnswer(
  auth: Verbs,
  view: RequestView,
  requirement: Requirement,
  found: FoundToken | Refusal | null,
): Awaitable<AuthenticateResult> {
  const token = found !== null && 'token' in found ? found.token : null
  const answered = (outcome: AuthenticateResult): Awaitable<AuthenticateResult> =>
    outcome.ok ? outcome : customizeRefusal(auth, outcome, token)
  const outcome = checkFound(auth, view, requirement, found)
  return outcome instanceof Promise ? outcome.then(answered) : answered(outcome)
}

function checkFound(
  auth: Verbs,
  view: RequestView,
  requirement: Requirement,
  found: FoundToken | Refusal | null,
): Awaitable<AuthenticateResult> {
  if (found === null) return requirement.optional ? ANONYMOUS : refuse('token_missing')
  if ('ok' in found) return found
  const inCookie = found.location === 'cookies'
  const forged = inCookie && checkOrigin(auth.settings, view, { cookies: true })
  if (forged) return forged
  const { csrf, now } = auth.settings
  const checked = auth.checkToken(
    found.token,
    requirement,
    inCookie && csrf !== null ? (claims) => checkDoubleSubmit(csrf, view, claims) : undefined,
  )
  return checked instanceof Promise
    ? checked.then((late) => outcomeOf(late, found.location, view, now))
    : outcomeOf(checked, found.location, view, now)
}

function outcomeOf(
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
