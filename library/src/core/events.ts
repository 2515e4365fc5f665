import type { Device, EndReason, ReuseDetails } from '../protocol.ts'
import type { TokenError } from './token-errors.ts'

/** Something that happened to a session, for logs and audit. Events never hold a token. */
export interface SessionEvent {
  type:
    | 'signed-in'
    | 'refreshed'
    | 'repeated'
    | 'recovered'
    | 'reused'
    | 'signed-out'
    | 'expired'
    /** A request looked like a reuse, but was decided so late that it ended nothing. */
    | 'late'
  /** Milliseconds since 1970. */
  at: number
  sessionId: string
  identity: string
  /** The generation of the session after the event; null if one call ended many sessions. */
  generation: number | null
  /** The device that made the request. */
  device: Device
  /** For `repeated`, `reused` and `late`: the device that the current generation was issued to. */
  holder?: Device
  /**
   * For `repeated`: true if user agent or address differ from those of `holder`. This may be a
   * stolen token, and deserves attention.
   */
  otherDevice?: boolean
  /** For `signed-out`, `expired` and `reused`: why the session ended. */
  reason?: EndReason
  /** For `reused`: what was presented, and by which device. */
  details?: ReuseDetails
}

/**
 * The store threw, and the request was refused with `temporarily_unavailable` (503); or, if `cause`
 * is a `LatchkeySetupError`, such as for missing tables, passed to the framework's error handler.
 */
export interface StoreFailure {
  type: 'store-failed'
  /** Milliseconds since 1970. */
  at: number
  cause: unknown
}

/** A token was refused as `token_invalid`. The event holds nothing of the token. */
export interface TokenRefused {
  type: 'token-refused'
  /** Milliseconds since 1970. */
  at: number
  reason: TokenError
  /** The option `issuer` of the issuer that the token names, if it is a trusted one. */
  issuer?: string
  /** For `claims`: which claim was wrong. For `aud` of another issuer: the claim that holds it. */
  claim?: string
}

/**
 * A callback of the application threw or returned an unusable value. The framework's error handler
 * gets the same error.
 */
export interface CallbackFailure {
  type: 'callback-failed'
  /** The name of the option. */
  name: string
  /** Milliseconds since 1970. */
  at: number
  cause: unknown
}

/**
 * The keys of another issuer could not be fetched, or one of them is not used because its private
 * half was published. Keys that were fetched before remain valid for the time in the option
 * `staleFor`.
 */
export interface KeysFailure {
  type: 'keys-failed'
  /** Milliseconds since 1970. */
  at: number
  issuer: string
  cause: unknown
}

/** Everything that the option `onEvent` may receive. */
export type AuthEvent = SessionEvent | StoreFailure | TokenRefused | CallbackFailure | KeysFailure
