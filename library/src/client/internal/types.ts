import type { Listener, State } from './state.ts'

export type SignInBody = Record<string, string> | FormData | URLSearchParams

export interface SignInOptions {
  /** Another route that answers like the sign-in route: a registration, a second step. */
  path?: string
  signal?: AbortSignal
}

/** A refusal is a value: the status and the words of the server. */
export type SignInResult =
  { ok: true } | { ok: false; status: number; code: string; message: string }

export interface Client {
  /** Settles with the first answer to "is somebody signed in?", without the network, after 3 s at most. Never rejects. */
  readonly ready: Promise<State>
  /** Frozen, and the same object until something changes. */
  readonly state: State
  /** Calls `listener` at every event. Answers the way to stop. */
  subscribe(listener: Listener): () => void
  /** Sends the form to the sign-in route. A refusal is a value; throws Unreachable where no server answered. */
  signIn(body: SignInBody, options?: SignInOptions): Promise<SignInResult>
  /**
   * `fetch`, with the session for own origins only, renewed in time, and a request repeated once at most. It needs no `this`.
   * Throws as `fetch` does, and SignedOut, Replaced or Unreachable.
   */
  fetch: typeof fetch
  /** New tokens now, for instance after the person was given a new role. Throws SignedOut, Replaced or Unreachable. */
  renew(why?: string): Promise<void>
  /**
   * Ends the session here and in the other tabs at once, then at the server: later, if that cannot be reached. Never rejects.
   * `everywhere`: the person's sessions on other devices too.
   */
  signOut(options?: { everywhere?: boolean }): Promise<void>
  /** Removes every listener, timer and channel. */
  dispose(): void
}
