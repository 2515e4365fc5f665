/** The types of the options of `createAuth`, for users. */
export type { AuthOptions } from './options.ts'
export type { KeyOptions } from './options/keys.ts'
export type { IssuerOptions, Issuer, KeyFinder } from './options/issuers.ts'
export type { LifetimeOptions } from './options/lifetimes.ts'
export type { LocationOptions } from './options/locations.ts'
export type { CookieOptions } from './options/cookies.ts'
export type {
  AnswerCallback,
  CallbackFailure,
  CallbackOptions,
  TokenParts,
} from './options/callbacks.ts'
export type { AlgorithmName } from './algorithms.ts'
export type { CallbackKey } from './callback-keys.ts'
export type { KeySource } from './keys/read-key.ts'
export type * from './jwk.ts'
