import type { CheckedToken } from '../core/check.ts'
import { refuse, type Refusal } from '../core/errors.ts'
import type { Verbs } from '../core/auth.ts'
import type { Awaitable } from '../core/store.ts'
import type { Claims } from '../core/token.ts'
import type { Location } from '../protocol.ts'
import { ACCESS, findToken, REFRESH, type Credentials } from './credentials.ts'
import { checkOrigin } from './csrf.ts'
import { namesAnother } from './session-header.ts'
import type { RequestView } from './view.ts'

export interface Requirement {
  /** Let a request without a token pass. One with a bad token is refused all the same. */
  optional?: boolean
  /** The token must come from a sign-in with credentials, not from a refresh. */
  fresh?: boolean
  /** A refresh token made without a store is wanted. */
  refresh?: boolean
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
}

/** A request without a token, where that is allowed. */
export interface Anonymous {
  ok: true
  identity: null
}

export type Outcome = Authenticated | Anonymous | Refusal

const ANONYMOUS: Anonymous = Object.freeze({ ok: true, identity: null })

/** Finds and checks the token of a request. Answers at once unless the body or the store must be asked. */
export function authenticate(auth: Verbs, view: RequestView, requirement: Requirement = {}): Awaitable<Outcome> {
  const { settings } = auth
  const found = findToken(settings, view, requirement.refresh ? REFRESH : ACCESS, requirement.locations ?? settings.locations)
  return found instanceof Promise ? found.then((late) => checkFound(auth, view, requirement, late)) : checkFound(auth, view, requirement, found)
}

function checkFound(auth: Verbs, view: RequestView, requirement: Requirement, found: Credentials | Refusal | null): Awaitable<Outcome> {
  if (found === null) return requirement.optional ? ANONYMOUS : refuse('token_missing')
  if ('ok' in found) return found
  const forged = found.location === 'cookies' && checkOrigin(auth.settings, view, { cookies: true })
  if (forged) return forged
  const checked = auth.checkToken(found.token, requirement)
  return checked instanceof Promise ? checked.then((late) => outcomeOf(late, found.location, view)) : outcomeOf(checked, found.location, view)
}

function outcomeOf(checked: CheckedToken, location: Location, view: RequestView): Outcome {
  if (!checked.ok) return checked
  const { claims, header } = checked
  const sessionId = claims.sid ?? null
  if (location === 'cookies' && namesAnother(view, sessionId)) return refuse('cookies_replaced')
  return { ok: true, identity: claims.sub, claims, header, location, sessionId, fresh: claims.fresh }
}
