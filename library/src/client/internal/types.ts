import type { Listener, RefreshCause, State } from './state.ts'

export type SignInBody = Record<string, string> | FormData | URLSearchParams

export interface SignInOptions {
  /** Another route that responds as the sign-in route does: a registration, a second factor. */
  path?: string
  signal?: AbortSignal
}

/** A refusal is a value, with the status and the error body of the server. */
export type SignInResult =
  { ok: true } | { ok: false; status: number; code: string; message: string }

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
   * usable response.
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
   * Ends the session in all tabs at once, then at the server: later, if it is unreachable.
   * `everywhere`: also ends all other sessions of the identity. Never rejects.
   */
  signOut(options?: { everywhere?: boolean }): Promise<void>
  /** Removes the client's event handlers, its timer and its channel. */
  dispose(): void
}
