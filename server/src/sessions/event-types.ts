import type { Device, ReuseDetails } from 'latchkey/protocol'

/** The types of event in the life of a session. */
export type EventType =
  'signed-in' | 'refreshed' | 'repeated' | 'reused' | 'recovered' | 'signed-out' | 'expired'

/** One event, as `GET /session` and `GET /session/events` tell it. */
export interface SessionEvent {
  /** ISO 8601 in UTC. */
  at: string
  type: EventType
  generation: number
  device: Device
  /** For `repeated`: asked for by another browser, or from another address, than the one that holds the generation. */
  other_device?: boolean
  details?: ReuseDetails
}

/** What an access token says. Anybody who holds it can read that. */
export interface AccessDescription {
  header: Record<string, unknown>
  claims: Record<string, unknown>
  /** Seconds. */
  expires_in: number
}

/** What the server knows of a refresh token; never the token. Instants are ISO 8601 in UTC. */
export interface RefreshDescription {
  session_id: string
  generation: number
  issued_at: string
  idle_ends_at: string
  ends_at: string
  rotates: boolean
}

/** The answer of `GET /session`. */
export interface SessionDescription {
  identity: string
  access: AccessDescription
  refresh: RefreshDescription
  /** The newest last. */
  events: SessionEvent[]
}
