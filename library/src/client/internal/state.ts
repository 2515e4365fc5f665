/** What is known of the session. Frozen; a new object whenever something in it changes, the same one until then. */
export interface State {
  readonly status: 'unknown' | 'signed-in' | 'signed-out'
  readonly sessionId: string | null
  /** Refreshes of the session so far. */
  readonly generation: number | null
  /** Why the session is over: a code of the server. null while it lives, and where there was none. */
  readonly reason: string | null
  /** False while renewals fail because the sign-in server cannot be reached. */
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

/** What a renewal was for: its timer, a request about to be sent, a request that was refused, or a call of `renew`. */
export type RefreshCause = 'start' | 'timer' | 'request' | 'refused' | 'asked' | (string & {})

export interface ClientEvent {
  readonly type: 'signed-in' | 'renewed' | 'signed-out' | 'replaced' | 'reachable' | 'unreachable'
  readonly by: Initiator
  readonly why?: RefreshCause | undefined
  /** Of `signed-out`: a code of the server. */
  readonly reason?: string | undefined
}

/** Who made something happen, and what for. */
export type EventCause = Pick<ClientEvent, 'by' | 'why'>

export type Listener = (state: State, event: ClientEvent) => void
