import type { AuthOptions } from '../core/options.ts'
import type { Issuer } from '../core/options/issuers.ts'
import type { Awaitable, Store } from '../core/store.ts'
import type {
  Dialect,
  DialectIdentity,
  DialectOptions,
  SessionAuth,
  TokenAuth,
} from './auth-types.ts'
import type { Decoded, TokenOptions } from '../core/claims.ts'

/**
 * What `createAuth` returns for these options; a union if it is unknown whether they have a store.
 */
export type AuthFor<Options> = KindOf<
  Options,
  SessionAuth<CustomClaimsOf<Options>, UserOf<Options>>,
  TokenAuth<
    CustomClaimsOf<Options>,
    UserOf<Options>,
    SubjectOf<Options>,
    MayBeAsync<Options, 'identity' | 'claims' | 'headers' | 'encodeKey'> extends true
      ? Awaitable<string>
      : string,
    MayBeAsync<Options, 'decodeKey'> extends true ? Awaitable<Decoded> : Decoded,
    Options extends { dialect: Dialect<infer Own> } ? Own : TokenOptions,
    Options extends { dialect: unknown } ? DialectIdentity : string
  >
>

type KindOf<Options, WithStore, WithoutStore> = 'store' extends keyof Options
  ? Options extends { store: Store }
    ? WithStore
    : Options extends { store?: undefined }
      ? WithoutStore
      : WithStore | WithoutStore
  : WithoutStore

/** What the callback `Name` returns; `Absent` without it, `unknown` if it is optional. */
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
  : Options extends { dialect: unknown }
    ? DialectIdentity
    : string

/** Whether one of the callbacks `Name` may return a promise. */
type MayBeAsync<Options, Name extends string> = [
  {
    [Option in Name & keyof Options]: NonNullable<Options[Option]> extends (
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

type Known<Options, Shape> = {
  [Name in keyof Options]: Name extends keyof Shape
    ? Name extends Group
      ? Known<Options[Name], NonNullable<Shape[Name]>>
      : Name extends 'issuers'
        ? KnownList<Options[Name], Issuer>
        : Options[Name]
    : never
}

type KnownList<List, Shape> = { [Index in keyof List]: Known<List[Index], Shape> }

/** Options that are objects of options. */
type Group = 'answers' | 'cookies' | 'names' | 'paths' | 'csrf' | 'header' | 'query' | 'json'
