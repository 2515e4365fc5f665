/**
 * What is known about the session. Frozen. The client makes a new object if a value changes, and
 * only then.
 */
export interface State {
  readonly status: 'unknown' | 'signed-in' | 'signed-out'
  readonly sessionId: string | null
  /** How often the session has been rotated by a refresh. */
  readonly generation: number | null
  /** Why the session ended: a code of the server. null during a session, and if there was none. */
  readonly reason: string | null
  /** False while renewals fail because the sign-in server is unreachable. */
  readonly reachable: boolean
}

export const UNKNOWN: State = Object.freeze({
  status: 'unknown',
  sessionId: null,
  generation: null,
  reason: null,
  reachable: true,
})

export type Initiator = 'this tab' | 'another tab'

/**
 * What a renewal was for: `start` of the client, its `timer`, a `request` about to be sent, a
 * request that was `refused`, or `asked`: a call of `renew`, which may also give a cause of its
 * own.
 */
export type RefreshCause = 'start' | 'timer' | 'request' | 'refused' | 'asked' | (string & {})

export interface ClientEvent {
  readonly type: 'signed-in' | 'renewed' | 'signed-out' | 'replaced' | 'reachable' | 'unreachable'
  readonly by: Initiator
  readonly why?: RefreshCause | undefined
  /** Of `signed-out`: a code of the server. */
  readonly reason?: string | undefined
}

/** Which tab caused an event, and for what cause. */
export type EventCause = Pick<ClientEvent, 'by' | 'why'>

export type Listener = (state: State, event: ClientEvent) => void
