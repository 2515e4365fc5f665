import type { Listener, RefreshCause, State } from './state.ts'

/**
 * Sent as JSON. Several fields of one name become an array. Files are refused.
 */
export type SignInBody = Record<string, unknown> | FormData | URLSearchParams

export interface SignInOptions {
  /** Another route that responds as the sign-in route does: a registration, a second factor. */
  path?: string
  signal?: AbortSignal
}

/**
 * `body`: the JSON of the response, without the tokens. A refusal is a value. Its `code` is the
 * `error` of the body, for instance `mfa_required` for a second step; or `no_tokens` for a success
 * that begins no session, `cookies_blocked` if the browser kept no cookie, and `unreadable` without
 * a code.
 */
export type SignInResult =
  | { ok: true; body: Record<string, unknown> }
  | { ok: false; status: number; code: string; message: string; body: Record<string, unknown> }

export interface Client {
  /**
   * Resolves, without a request, once it is known whether there is a session: after 3 s at most.
   * Never rejects.
   */
  readonly ready: Promise<State>
  /** Frozen, and the same object until a value changes. */
  readonly state: State
  /** Calls `listener` at every event. Returns a function that removes it. */
  subscribe(listener: Listener): () => void
  /**
   * Sends the body to the sign-in route. A refusal is a value. Throws Unreachable if there is no
   * usable response, and a TypeError for a body that JSON cannot carry.
   */
  signIn(body: SignInBody, options?: SignInOptions): Promise<SignInResult>
  /**
   * `fetch` with the session, for own origins only. Renews the tokens in time, and repeats a
   * request at most once. Can be called without `this`. Throws as `fetch` does, and SignedOut,
   * Replaced or Unreachable.
   */
  fetch: typeof fetch
  /**
   * Gets new tokens now, for instance after a change of the account's roles. `cause` appears as
   * `why` in the event. Throws SignedOut, Replaced or Unreachable.
   */
  renew(cause?: RefreshCause): Promise<void>
  /**
   * Renews the tokens if they are due, or if only the server knows when they expire: for a request
   * that the browser is about to make itself. Throws as `renew`.
   */
  fresh(): Promise<void>
  /**
   * The header of the session with a valid token, for what takes no `fetch`. Empty without a
   * session, and for a URL that is not of an own origin. Default: the origin of the sign-in server.
   * Throws as `renew`.
   */
  headers(url?: string | URL): Promise<Record<string, string>>
  /**
   * Asks the server which session the cookies hold: after a sign-in without the client, if this
   * page cannot see the session cookie. Throws as `renew`.
   */
  adopt(): Promise<void>
  /**
   * Ends the session in all tabs at once, then at the server: later, if it is unreachable. Without
   * a known session it ends what the cookies hold, and throws Unreachable if only the server knows.
   * `everywhere`: also ends all other sessions of the identity.
   */
  signOut(options?: { everywhere?: boolean }): Promise<void>
  /** Removes the client's event handlers, its timer and its channel. */
  dispose(): void
}
