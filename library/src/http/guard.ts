import type { Awaitable } from '../core/store.ts'
import type { Auth } from './auth.ts'
import {
  checkRequirement,
  type Anonymous,
  type Authenticated,
  type AuthenticateResult,
  type Requirement,
} from './authenticate.ts'
import type { RequestView } from './request.ts'

/** The check of a guard. A requirement that does not exist is refused here, at start-up. */
export function requestChecker(
  auth: Auth,
  requirement: Requirement = {},
): (view: RequestView) => Awaitable<AuthenticateResult> {
  checkRequirement(requirement)
  return (view) => auth.authenticate(view, requirement)
}

/** Nothing that a request says can reach a symbol, and it costs less than a WeakMap. */
const WHO = Symbol('latchkey.who')

type Carrier = { [WHO]?: Authenticated | Anonymous }

/**
 * Who sent a request that a guard let pass; behind a guard with `optional`, ask with `optional` as well.
 * Throws a `TypeError` where no guard ran, and for a request without a token that nobody expected.
 */
export interface GetAuth<Request extends object> {
  (request: Request): Authenticated
  (request: Request, options: { optional: true }): Authenticated | Anonymous
}

/** Notes on a request, or on what a framework has in its place, who sent it. */
export function setAuth(request: object, who: Authenticated | Anonymous): void {
  ;(request as Carrier)[WHO] = who
}

/** What `getAuth` of every adapter does. */
export function readAuth(request: object, options: { optional: true }): Authenticated | Anonymous
export function readAuth(request: object): Authenticated
export function readAuth(request: object, { optional = false } = {}): Authenticated | Anonymous {
  const who = (request as Carrier)[WHO]
  if (who === undefined) throw new TypeError('getAuth needs guard(auth) in front of the route')
  if (who.identity === null && !optional)
    throw new TypeError('behind a guard with "optional" call getAuth with { optional: true }')
  return who
}
