import type { AuthOptions } from '../core/options.ts'
import type { Issuer } from '../core/options/issuers.ts'
import type { Awaitable, Store } from '../core/store.ts'
import type { Dialect, DialectOptions, SessionAuth, TokenAuth } from './auth-types.ts'
import type { Decoded, TokenOptions } from '../core/claims.ts'

/** What `createAuth` returns for these options; either kind if they may have a `store` or not. */
export type AuthFor<Options> = KindOf<
  Options,
  SessionAuth<CustomClaimsOf<Options>, UserOf<Options>>,
  TokenAuth<
    CustomClaimsOf<Options>,
    UserOf<Options>,
    SubjectOf<Options>,
    MayWait<Options, 'identity' | 'claims' | 'headers' | 'encodeKey'> extends true
      ? Awaitable<string>
      : string,
    MayWait<Options, 'decodeKey'> extends true ? Awaitable<Decoded> : Decoded,
    Options extends { dialect: Dialect<infer Own> } ? Own : TokenOptions
  >
>

type KindOf<Options, WithStore, WithoutStore> = 'store' extends keyof Options
  ? Options extends { store: Store }
    ? WithStore
    : Options extends { store?: undefined }
      ? WithoutStore
      : WithStore | WithoutStore
  : WithoutStore

/** What the callback `Name` returns; `Absent` without it, `unknown` if it may be there or not. */
type Returned<Options, Name extends string, Absent> = Name extends keyof Options
  ? Options[Name] extends (...args: never[]) => infer Value
    ? Awaited<Value>
    : unknown
  : Absent

/** Tokens of other issuers are not made with the option `claims`. */
type CustomClaimsOf<Options> = 'issuers' extends keyof Options
  ? OptionalClaims<NamedClaims<Returned<Options, 'claims', unknown>>>
  : NamedClaims<Returned<Options, 'claims', unknown>>

/** Claims by name. An index signature would clash with the types of our own claims. */
type NamedClaims<Custom> = string extends keyof Custom ? unknown : Custom

type OptionalClaims<Custom> = unknown extends Custom ? unknown : Partial<Custom>

/** A token is refused if `lookupUser` returns null or undefined. */
type UserOf<Options> = 'lookupUser' extends keyof Options
  ? undefined extends Options['lookupUser']
    ? unknown
    : NonNullable<Returned<Options, 'lookupUser', never>>
  : undefined

type SubjectOf<Options> = Options extends { identity: (subject: infer Subject) => unknown }
  ? Subject
  : string

/** Whether one of the callbacks `Name` may return a promise. */
type MayWait<Options, Name extends string> = [
  {
    [Each in Name & keyof Options]: NonNullable<Options[Each]> extends (
      ...args: never[]
    ) => infer Value
      ? Extract<Value, PromiseLike<unknown>>
      : never
  }[Name & keyof Options],
] extends [never]
  ? false
  : true

/** The options as they are, but `never` for each name that does not exist: it is then an error. */
export type KnownOptions<Options> = Options extends { dialect: unknown }
  ? Known<Options, DialectOptions>
  : Known<Options, AuthOptions>

type Known<Given, Shape> = {
  [Name in keyof Given]: Name extends keyof Shape
    ? Name extends Group
      ? Known<Given[Name], NonNullable<Shape[Name]>>
      : Name extends 'issuers'
        ? KnownList<Given[Name], Issuer>
        : Given[Name]
    : never
}

type KnownList<Given, Shape> = { [Index in keyof Given]: Known<Given[Index], Shape> }

/** Options that are objects of options. */
type Group = 'answers' | 'cookies' | 'names' | 'paths' | 'csrf' | 'header' | 'query' | 'json'
