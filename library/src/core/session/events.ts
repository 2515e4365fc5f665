import type { Device, EndReason, ReuseDetails } from '../../protocol.ts'
import type { TokenRefused } from '../token-errors.ts'
import type { CallbackFailure } from '../options/callbacks.ts'
import type { Session } from '../store.ts'

/** What happens to a session, for logs and audit. No event holds a token. */
export interface SessionEvent {
  type: 'signed-in' | 'refreshed' | 'repeated' | 'recovered' | 'reused' | 'signed-out' | 'expired'
  /** Milliseconds since 1970. */
  at: number
  sessionId: string
  identity: string
  /** The generation that the session is at after the event; null where many sessions ended at once. */
  generation: number | null
  /** Who asked. */
  device: Device
  /** Who the generation was handed to before. */
  holder?: Device
  /** For `repeated`: it was asked for by another browser, or from another address, than the one it was handed to. Worth a look. */
  otherDevice?: boolean
  reason?: EndReason
  details?: ReuseDetails
}

/** The store threw: the request was answered with 503. */
export interface StoreFailure {
  type: 'store-failed'
  at: number
  cause: unknown
}

/** The keys of another issuer could not be fetched. Those that were fetched before serve for a while. */
export interface KeysFailure {
  type: 'keys-failed'
  at: number
  issuer: string
  cause: unknown
}

export type AuthEvent = SessionEvent | StoreFailure | TokenRefused | CallbackFailure | KeysFailure

export function sessionEvent(
  type: SessionEvent['type'],
  at: number,
  session: Session,
  device: Device,
): SessionEvent {
  return {
    type,
    at,
    sessionId: session.id,
    identity: session.identity,
    generation: session.generation,
    device,
  }
}

/** Two that say something of themselves, and not the same. */
export const isOtherDevice = (one: Device, other: Device): boolean =>
  differ(one.userAgent, other.userAgent) || differ(one.address, other.address)

const differ = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && one !== other
