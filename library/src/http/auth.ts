import { createVerbs, type Verbs } from '../core/auth.ts'
import type { Refusal } from '../core/errors.ts'
import type { AuthOptions } from '../core/options.ts'
import type { Awaitable } from '../core/store.ts'
import { authenticate, type Authenticated, type Outcome, type Requirement } from './authenticate.ts'
import type { RequestView } from './view.ts'

/** Everything that Latchkey does, as verbs of one object. */
export interface Auth extends Verbs {
  /** Who sent a request, or why it is refused. Answers at once unless the request's body or the store must be asked. */
  authenticate(request: RequestView, requirement?: Requirement & { optional?: false }): Awaitable<Authenticated | Refusal>
  authenticate(request: RequestView, requirement?: Requirement): Awaitable<Outcome>
}

/** Checks the options and makes the object with the verbs. Throws a `TypeError` that names the option that is wrong. */
export function createAuth(options: AuthOptions): Auth {
  const verbs = createVerbs(options)
  return Object.freeze({ ...verbs, authenticate: ((request, requirement) => authenticate(verbs, request, requirement)) as Auth['authenticate'] })
}
