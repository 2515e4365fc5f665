import { ERRORS, type Reply, type ErrorCode, type Refusal } from '../errors.ts'
import type { Awaitable } from '../store.ts'
import { isFunction, isObjectOf, type OptionShapes } from './validate.ts'
import type { Claims, IssuerSubject } from '../claims.ts'
import type { CallbackKey } from '../keys/read-key.ts'

/** A token that was verified, as callbacks get it. */
export interface TokenParts {
  claims: Claims
  header: Record<string, unknown>
  /** Set where another issuer made the token. */
  from?: IssuerSubject
}

/**
 * What an application adds to the checks and to the tokens. Each may answer at once or later. One that throws, or answers something else
 * than it should, never lets a request pass: the answer is `temporarily_unavailable` (503), and the event `callback-failed` says why.
 */
export interface CallbackOptions {
  /** The identity of somebody whom `createAccessToken` got as an object of the application. */
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the application calls a user
  identity?: (user: any) => Awaitable<string>
  /**
   * Claims of every token of somebody. Those given to `createAccessToken` and `signIn` stand above them. With a store it gets the identity,
   * at the sign-in and at each refresh: what it says is never older than an access token.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- the same
  claims?: (user: any) => Awaitable<Record<string, unknown>>
  /** Header members of every token of somebody. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the same
  headers?: (user: any) => Awaitable<Record<string, unknown>>
  /** The key that signs the tokens of somebody, instead of the first of `keys`. Without a store only. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the same
  encodeKey?: (user: any) => Awaitable<CallbackKey>
  /** The key for a token of which nothing is verified yet; null where there is none. It then decides alone, and a key has one algorithm. */
  decodeKey?: (header: Record<string, unknown>, claims: Claims) => Awaitable<CallbackKey | null>
  /** True for a token that must not be accepted any more. Asked for each request, before anything else that costs. */
  isRevoked?: (token: TokenParts) => Awaitable<boolean>
  /** False where what the token says does not open this application. */
  verifyClaims?: (token: TokenParts) => Awaitable<boolean>
  /** The user of a token, for `getAuth(request).user`; null where there is none any more. */
  lookupUser?: (token: TokenParts) => Awaitable<unknown>
  /** What to answer instead of ours, by the code of the refusal. */
  answers?: Partial<Record<ErrorCode, AnswerCallback>>
}

/** `token` is null where none was found, or none that is authentic. */
export type AnswerCallback = (
  refusal: Refusal,
  token: TokenParts | null,
) => Awaitable<Reply | (Omit<Reply, 'headers'> & { headers?: Reply['headers'] })>

/** A callback of the application threw, or answered something else than it should. */
export interface CallbackFailure {
  type: 'callback-failed'
  /** The option. */
  name: string
  at: number
  cause: unknown
}

export type Callbacks = { readonly [name in keyof CallbackOptions]-?: CallbackOptions[name] | null }

const FUNCTION = [isFunction, 'a function'] as const

export const CALLBACK_SHAPES: OptionShapes<CallbackOptions> = {
  identity: FUNCTION,
  claims: FUNCTION,
  headers: FUNCTION,
  encodeKey: FUNCTION,
  decodeKey: FUNCTION,
  isRevoked: FUNCTION,
  verifyClaims: FUNCTION,
  lookupUser: FUNCTION,
  answers: [
    isObjectOf(Object.fromEntries(Object.keys(ERRORS).map((code) => [code, isFunction]))),
    'functions by code of error, such as { token_expired }',
  ],
}

export function readCallbacks(options: CallbackOptions & { store?: unknown }): {
  callbacks: Callbacks
} {
  if (options.store !== undefined && (options.encodeKey ?? options.decodeKey)) {
    throw new TypeError(
      'options "encodeKey" and "decodeKey" are for tokens without a store; a store takes several "keys"',
    )
  }
  const entries = Object.keys(CALLBACK_SHAPES).map((name) => [
    name,
    options[name as keyof CallbackOptions] ?? null,
  ])
  return { callbacks: Object.freeze(Object.fromEntries(entries) as unknown as Callbacks) }
}
