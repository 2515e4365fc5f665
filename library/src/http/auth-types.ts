import type { TokenMethods } from '../core/create-tokens.ts'
import type { Refusal } from '../core/errors.ts'
import type { AuthOptions } from '../core/options.ts'
import type { CallbackOptions } from '../core/options/callbacks.ts'
import type { ReadMethods } from '../core/read-tokens.ts'
import type { SessionMethods } from '../core/session/session-methods.ts'
import type { Awaitable } from '../core/store.ts'
import type { AnyRequest } from './any-request.ts'
import type { Authenticated, AuthenticateResult, Requirement } from './authenticate.ts'
import type { RenderResult } from './render.ts'
import type { RequestView } from './request.ts'
import type { CookieMethods } from './cookies-without-session.ts'
import type { Decoded, TokenOptions } from '../core/claims.ts'

/** What `TokenAuth` and `SessionAuth` have in common: everything that a guard needs. */
export interface Auth<
  CustomClaims = unknown,
  User = unknown,
  Read extends Awaitable<Decoded> = Awaitable<Decoded>,
  Identity = string,
> extends ReadMethods<Read> {
  /**
   * Finds and checks the token of a request, as a guard does. Returns a promise only if the body
   * must be read, the store or a callback is needed, or several cookies have one name. `viewOf` of
   * each adapter makes a view.
   */
  authenticate(
    request: RequestView,
    requirement?: Requirement & { optional?: false },
  ): Awaitable<Authenticated<CustomClaims, User, Identity> | Refusal>
  authenticate(
    request: RequestView,
    requirement?: Requirement,
  ): Awaitable<AuthenticateResult<CustomClaims, User, Identity>>
  /**
   * Refuses a request that another site made a browser send. Null if the request may pass: its
   * method changes nothing, `Sec-Fetch-Site` or `Origin` names this site or one of `origins`, or it
   * has neither of them and no cookies, and thus comes from no browser. For routes of your own that
   * set or read cookies; takes the request or context of any adapter's framework.
   */
  checkOrigin(request: AnyRequest): Refusal | null
  /**
   * Returns a refusal with the application's own reply, if the option `answers` has one for its
   * code: then `sendRefusal` sends it. Refusals of guards, and of methods such as `decodeToken`,
   * have it already, unless the callback is asynchronous and the method is not. The callback gets
   * the parts of `token` if it is authentic. Returns a promise only if the callback does.
   */
  applyAnswers(refusal: Refusal, token?: string | null): Awaitable<Refusal>
  /** `Set-Cookie` values that delete all of Latchkey's cookies, for a sign-out of your own. */
  clearCookies(): string[]
  /**
   * Stops watching the store and forgets the bound connections. Call it before closing the store.
   */
  close(): void
}

/**
 * What `createAuth` returns without the option `store`: tokens that belong to no session, and are
 * valid until they expire. `Subject` is what `createAccessToken` takes.
 */
export interface TokenAuth<
  CustomClaims = unknown,
  User = unknown,
  Subject = string,
  Token extends Awaitable<string> = Awaitable<string>,
  Read extends Awaitable<Decoded> = Awaitable<Decoded>,
  Options extends object = TokenOptions,
  Identity = string,
>
  extends
    Auth<CustomClaims, User, Read, Identity>,
    TokenMethods<Subject, Token, Options>,
    CookieMethods<Read> {}

/** What `createAuth` returns with the option `store`: each token belongs to a session. */
export interface SessionAuth<CustomClaims = unknown, User = unknown>
  extends Auth<CustomClaims, User, Decoded>, SessionMethods {
  /**
   * For a server that renders pages: authenticates a request by its cookies, and renews the access
   * token if it has expired. Safe in a request whose response may be lost: it never ends a session,
   * and does not use up the refresh token of a browser whose client sends attempts. Takes the
   * request or context of any adapter's framework.
   *
   * Set the `cookies` of the result on the response, whatever it is. The refusal `token_expired`
   * means that only the browser's client can renew: send a page with the client. If the store
   * fails, the refusal is `temporarily_unavailable`. Rejects with what a callback throws.
   */
  renewForRender(request: AnyRequest): Promise<RenderResult<CustomClaims, User>>
}

/**
 * Another token format; `fromFlask` of `latchkey/flask` returns one. `Options` is for its tokens.
 */
export type Dialect<Options extends object = TokenOptions> = (
  options: DialectOptions,
) => TokenAuth<
  unknown,
  unknown,
  unknown,
  Awaitable<string>,
  Awaitable<Decoded>,
  Options,
  DialectIdentity
>

/** Any JSON value: older tokens hold numbers, objects and null. The application knows its own. */
// oxlint-disable-next-line typescript/no-explicit-any -- as JSON.parse returns it
export type DialectIdentity = any

/** The options that go with a dialect, which has its own for everything else. */
export interface DialectOptions
  extends
    Omit<CallbackOptions, 'identity'>,
    Pick<AuthOptions, 'bodyLimit' | 'onEvent' | 'now' | 'randomBytes'> {
  dialect: Dialect<object>
  /** The identity of a user: any JSON value. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the application's own type of user
  identity?: (user: any) => Awaitable<DialectIdentity>
}
