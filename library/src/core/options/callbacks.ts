import { ERRORS, type Reply, type ErrorCode, type Refusal } from '../errors.ts'
import type { Awaitable } from '../store.ts'
import { isFunction, isObjectOf, type OptionShapes } from './validate.ts'
import type { Claims, IssuerSubject } from '../claims.ts'
import type { CallbackKey } from '../keys/read-key.ts'

/** A verified token, as callbacks receive it. */
export interface TokenParts {
  claims: Claims
  header: Record<string, unknown>
  /** Present if another issuer made the token. */
  from?: IssuerSubject
}

/**
 * Functions of the application that take part in making and checking tokens. Each may return a
 * value or a promise. What one throws or rejects with, or a `TypeError` if it returns something
 * invalid, is reported as `callback-failed` and reaches the framework's error handler (500).
 */
export interface CallbackOptions {
  /** The identity (`sub`) of a user, for a `createAccessToken` that takes users, not identities. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the application's own type of user
  identity?: (user: any) => Awaitable<string>
  /**
   * Claims for every token of a user. Claims passed to `createAccessToken` or `signIn` override
   * them. With a store it receives the identity, at sign-in and at each refresh, so the claims are
   * never older than an access token.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- the same
  claims?: (user: any) => Awaitable<Record<string, unknown>>
  /** Header parameters for every token of a user. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the same
  headers?: (user: any) => Awaitable<Record<string, unknown>>
  /**
   * The key that signs the tokens of a user, instead of the first of `keys`. Only without a store.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- the same
  encodeKey?: (user: any) => Awaitable<CallbackKey>
  /**
   * The only key that may verify a token; null if there is none. Header and claims are not verified
   * yet. Only without a store.
   */
  decodeKey?: (header: Record<string, unknown>, claims: Claims) => Awaitable<CallbackKey | null>
  /** Whether a token was revoked. Called for each request, before the other callbacks. */
  isRevoked?: (token: TokenParts) => Awaitable<boolean>
  /** Whether the claims permit access to this application. */
  verifyClaims?: (token: TokenParts) => Awaitable<boolean>
  /** The user of a token, for `getAuth(request).user`; null if there is no such user. */
  lookupUser?: (token: TokenParts) => Awaitable<unknown>
  /** Responses in place of `{ error, message }`, by error code. */
  answers?: Partial<Record<ErrorCode, AnswerCallback>>
}

/** Makes the response for a refusal. `token` is null if the request has no authentic token. */
export type AnswerCallback = (
  refusal: Refusal,
  token: TokenParts | null,
) => Awaitable<Reply | (Omit<Reply, 'headers'> & { headers?: Reply['headers'] })>

/** All callbacks; null for those that the application does not have. */
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
    'an object of functions by error code, such as { token_expired }',
  ],
}

/** Reads the callbacks. Throws a `TypeError` if a store is combined with keys by callback. */
export function readCallbacks(options: CallbackOptions & { store?: unknown }): {
  callbacks: Callbacks
} {
  if (options.store !== undefined && (options.encodeKey ?? options.decodeKey)) {
    throw new TypeError(
      '"encodeKey" and "decodeKey" cannot be used with a store; list several "keys" instead',
    )
  }
  const entries = Object.keys(CALLBACK_SHAPES).map((name) => [
    name,
    options[name as keyof CallbackOptions] ?? null,
  ])
  return { callbacks: Object.freeze(Object.fromEntries(entries) as unknown as Callbacks) }
}
