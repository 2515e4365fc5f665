import type { Awaitable } from '../core/store.ts'
import type { Auth } from './auth-types.ts'
import {
  checkRequirement,
  type Anonymous,
  type Authenticated,
  type AuthenticateResult,
  type Requirement,
} from './authenticate.ts'
import type { RequestView } from './request.ts'
import { requireAuth } from './require-auth.ts'

/**
 * Makes the check of a guard. Throws a `TypeError` at start-up for an unknown requirement, and if
 * `auth` is something else.
 */
export function requestChecker(
  auth: Auth,
  requirement: Requirement = {},
): (view: RequestView) => Awaitable<AuthenticateResult> {
  requireAuth(auth, 'guard')
  checkRequirement(requirement)
  return (view) => auth.authenticate(view, requirement)
}

/** Nothing in a request can set a symbol, and it is faster than a WeakMap. */
const SENDER = Symbol('latchkey.sender')

type Carrier = { [SENDER]?: Authenticated | Anonymous }

/** Who sent a request that `SomeAuth` accepted, with the types of its claims and its user. */
export type AuthenticatedBy<SomeAuth extends Auth> = Extract<
  Awaited<ReturnType<SomeAuth['authenticate']>>,
  { claims: object }
>

/** Exists only in types: how `guard` tells `getAuth` which auth object checked a request. */
declare const CHECKED_BY: unique symbol

/** What a guard adds to the type of a request or of its context. */
export type Guarded<SomeAuth extends Auth> = { readonly [CHECKED_BY]?: SomeAuth }

/**
 * Who sent a request that a guard has let pass. The types of the claims and of the user follow from
 * `guard` with Hono and in Fetch handlers; elsewhere call `getAuth<typeof auth>(request)`. Behind a
 * guard with `optional`, call it with `{ optional: true }`. Throws a `TypeError` if no guard has
 * run, and for a request without a token unless `optional`.
 */
export interface GetAuth<Request extends object> {
  <SomeAuth extends Auth = Auth>(request: Request & Guarded<SomeAuth>): AuthenticatedBy<SomeAuth>
  <SomeAuth extends Auth = Auth>(
    request: Request & Guarded<SomeAuth>,
    options: { optional: true },
  ): AuthenticatedBy<SomeAuth> | Anonymous
}

/** Stores on a request, or on a framework's context, who sent it. */
export function setAuth(request: object, sender: Authenticated | Anonymous): void {
  ;(request as Carrier)[SENDER] = sender
}

/** `getAuth` of every adapter. */
export const readAuth = ((request: object, { optional = false } = {}) => {
  const sender = (request as Carrier)[SENDER]
  if (sender === undefined) throw new TypeError('getAuth needs guard(auth) in front of the route')
  // The identity of a token may be null too, in a dialect.
  if (sender.claims === undefined && !optional)
    throw new TypeError('behind a guard with "optional" call getAuth with { optional: true }')
  return sender
}) as GetAuth<object>
