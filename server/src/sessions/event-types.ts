import type { Device, ReuseDetails } from 'latchkey/protocol'

/** The types of events of a session. */
export type EventType =
  'signed-in' | 'refreshed' | 'repeated' | 'reused' | 'recovered' | 'signed-out' | 'expired'

const END_TYPES: ReadonlySet<string> = new Set<EventType>(['reused', 'signed-out', 'expired'])

/** Returns true for the events that end a session. */
export const isEnd = (type: string): boolean => END_TYPES.has(type)

/** One event, in the form that `GET /session` and `GET /session/events` send. */
export interface SessionEvent {
  /** ISO 8601 in UTC. */
  at: string
  type: EventType
  generation: number
  device: Device
  /**
   * Only for `repeated`: the browser or the address differs from the one that has the generation.
   */
  other_device?: boolean
  details?: ReuseDetails
}

/** The content of an access token. Anyone who has the token can read it. */
export interface AccessDescription {
  /** The JOSE header. */
  header: Record<string, unknown>
  claims: Record<string, unknown>
  /** Seconds. */
  expires_in: number
}

/** The state of a refresh token, without the token. Instants are ISO 8601 in UTC. */
export interface RefreshDescription {
  session_id: string
  generation: number
  issued_at: string
  idle_ends_at: string
  ends_at: string
  rotates: boolean
}

/** The body of `GET /session`. */
export interface SessionDescription {
  identity: string
  access: AccessDescription
  refresh: RefreshDescription
  /** Oldest first. */
  events: SessionEvent[]
}
