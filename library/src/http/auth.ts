import { createVerbs, type Verbs } from '../core/auth.ts'
import type { Refusal } from '../core/errors.ts'
import type { AuthOptions } from '../core/options.ts'
import type { Awaitable } from '../core/store.ts'
import { authenticate, type Authenticated, type Outcome, type Requirement } from './authenticate.ts'
import type { RequestView } from './view.ts'

/** Everything that Latchkey does, as verbs of one object. */
export interface Auth<User = string, Token extends Awaitable<string> = Awaitable<string>> extends Verbs<User, Token> {
  /** Who sent a request, or why it is refused. Answers at once unless the request's body, the store or a callback must be asked. */
  authenticate(request: RequestView, requirement?: Requirement & { optional?: false }): Awaitable<Authenticated | Refusal>
  authenticate(request: RequestView, requirement?: Requirement): Awaitable<Outcome>
}

/** What `createAccessToken` takes: a string, or what the callback `identity` takes. */
export type UserOf<Options> = Options extends { identity: (user: infer User) => unknown } ? User : string

/** The promises that some of the callbacks may answer. */
type LateAnswer<Options, Name extends string> = Name extends keyof Options
  ? NonNullable<Options[Name]> extends (...args: never[]) => infer Answer
    ? Extract<Answer, PromiseLike<unknown>>
    : never
  : never

/** What it answers: a string, unless one of the callbacks that it asks may answer later. */
export type TokenOf<Options> = [LateAnswer<Options, 'identity' | 'claims' | 'headers'>] extends [never] ? string : Awaitable<string>

/** Checks the options and makes the object with the verbs. Throws a `TypeError` that names the option that is wrong. */
export function createAuth<const Options extends AuthOptions>(options: Options): Auth<UserOf<Options>, TokenOf<Options>> {
  const verbs = createVerbs(options)
  const auth = { ...verbs, authenticate: ((request, requirement) => authenticate(verbs, request, requirement)) as Auth['authenticate'] }
  return Object.freeze(auth) as Auth<UserOf<Options>, TokenOf<Options>>
}
