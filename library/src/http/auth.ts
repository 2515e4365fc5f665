import { createVerbs, type Verbs } from '../core/auth.ts'
import type { Refusal } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import type { AuthOptions } from '../core/options.ts'
import { CALLBACK_SHAPES, type CallbackOptions } from '../core/options/callbacks.ts'
import type { Awaitable } from '../core/store.ts'
import type { Decoded } from '../core/access-token.ts'
import {
  authenticate,
  type Authenticated,
  type AuthenticateResult,
  type Requirement,
} from './authenticate.ts'
import { cookieVerbs, type CookieVerbs } from './stateless-cookies.ts'
import { defaultCookieFormat } from './default-cookie-format.ts'
import type { RequestView } from './request.ts'

/** Everything that Latchkey does, as verbs of one object. */
export interface Auth<
  User = string,
  Token extends Awaitable<string> = Awaitable<string>,
  Read extends Awaitable<Decoded> = Awaitable<Decoded>,
>
  extends Verbs<User, Token, Read>, CookieVerbs<Read> {
  /** Who sent a request, or why it is refused. Answers at once unless the request's body, the store or a callback must be asked. */
  authenticate(
    request: RequestView,
    requirement?: Requirement & { optional?: false },
  ): Awaitable<Authenticated | Refusal>
  authenticate(request: RequestView, requirement?: Requirement): Awaitable<AuthenticateResult>
}

/** What `createAccessToken` takes: a string, or what the callback `identity` takes. */
export type UserOf<Options> = Options extends { identity: (user: infer User) => unknown }
  ? User
  : string

/** The promises that some of the callbacks may answer. */
type LateAnswer<Options, Name extends string> = Name extends keyof Options
  ? NonNullable<Options[Name]> extends (...args: never[]) => infer Answer
    ? Extract<Answer, PromiseLike<unknown>>
    : never
  : never

/** What it answers: a string, unless one of the callbacks that it asks may answer later. */
export type TokenOf<Options> = [
  LateAnswer<Options, 'identity' | 'claims' | 'headers' | 'encodeKey'>,
] extends [never]
  ? string
  : Awaitable<string>

export type ReadOf<Options> = [LateAnswer<Options, 'decodeKey'>] extends [never]
  ? Decoded
  : Awaitable<Decoded>

/** Another way to speak: it makes the verbs itself. `fromFlask` of `latchkey/flask` answers one. */
export type Dialect = (options: DialectOptions) => Auth

/** What is taken beside a dialect; all else is the dialect's. */
export interface DialectOptions
  extends CallbackOptions, Pick<AuthOptions, 'onEvent' | 'now' | 'randomBytes'> {
  dialect: Dialect
}

const BESIDE = new Set([
  'dialect',
  'onEvent',
  'now',
  'randomBytes',
  ...Object.keys(CALLBACK_SHAPES),
])

type AuthOf<Options> = Auth<UserOf<Options>, TokenOf<Options>, ReadOf<Options>>

/** Checks the options and makes the object with the verbs. Throws a `TypeError` that names the option that is wrong. */
export function createAuth<const Options extends AuthOptions | DialectOptions>(
  options: Options,
): AuthOf<Options> {
  if (isObject(options) && 'dialect' in options)
    return speak(options as unknown as DialectOptions) as AuthOf<Options>
  const verbs = createVerbs(options)
  const auth: Auth = {
    ...verbs,
    ...cookieVerbs(defaultCookieFormat(verbs)),
    authenticate: ((request, requirement) =>
      authenticate(verbs, request, requirement)) as Auth['authenticate'],
  }
  return Object.freeze(auth) as AuthOf<Options>
}

function speak(options: DialectOptions): Auth {
  if (typeof options.dialect !== 'function')
    throw new TypeError('option "dialect" must come from fromFlask(…) of latchkey/flask')
  const other = Object.keys(options).find((name) => !BESIDE.has(name))
  if (other === 'store')
    throw new TypeError(
      'option "store" does not go with fromFlask: its tokens belong to no session, and nothing could end them. Give isRevoked, or make a second createAuth for sessions',
    )
  if (other !== undefined)
    throw new TypeError(
      `option "${other}" does not go with fromFlask, whose JWT_… options say it; beside it there are ${[...BESIDE].join(', ')}`,
    )
  return options.dialect(options)
}
