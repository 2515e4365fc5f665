import { receiptOf } from './clock.ts'
import type { Receipt } from './clock.ts'
import { Replaced, SignedOut } from './errors.ts'
import type { Marker } from './marker.ts'
import type { Kept } from './record.ts'
import type { By, Subject, Why } from './state.ts'

/** The session as this tab holds it. A renewal makes a new object; what `over` belongs to is the session. */
export interface Held {
  readonly sessionId: string
  readonly generation: number
  /** Of the record that it came from. */
  readonly version: number
  /** Header mode only. */
  readonly accessToken: string | null
  readonly receipt: Receipt
  /** Aborted, with the error for whoever waits, when the session is over or replaced. */
  readonly over: AbortController
}

/** What the record and the cookie say together. `marker` is undefined where the cookie cannot be seen, or is not to be asked. */
export function standing(kept: Kept, marker: Marker | null | undefined) {
  const sessionId = marker === undefined ? kept.sessionId : (marker?.sessionId ?? null)
  if (sessionId === null || kept.ended.includes(sessionId)) {
    const lost = kept.sessionId !== null && !kept.ended.includes(kept.sessionId)
    return { sessionId: null, generation: null, reason: lost ? 'token_missing' : kept.reason }
  }
  const known = sessionId === kept.sessionId
  // The cookie is ahead where an answer was lost after its cookies were kept, and behind where a crash lost cookies.
  const generation = Math.max(known ? kept.attempts.generation : 0, marker?.generation ?? 0)
  return { sessionId, generation, reason: null }
}

const UNKNOWN: Receipt = { at: 0, lifetime: null }

export class Holder {
  held: Held | null = null
  /** Sessions that ended in this tab's life, whatever the disk says yet. */
  readonly #gone = new Set<string>()
  readonly #subject: Subject
  #version = 0

  constructor(subject: Subject) {
    this.#subject = subject
  }

  /**
   * Takes what was read, unless it is older than what this tab has seen; tells the listeners what that means.
   * `just`: what is new in it came this moment, so that the wall clock need not be asked how old it is.
   */
  take(read: Kept, marker: Marker | null | undefined, just: boolean, by: By, why?: Why): void {
    if (read.version !== 0 && read.version < this.#version) return
    this.#version = read.version
    const kept = { ...read, ended: [...read.ended, ...this.#gone] }
    const { sessionId, generation, reason } = standing(kept, marker)
    if (sessionId === null) return this.#drop(reason, by, why)
    const before = this.held
    const same = before?.sessionId === sessionId
    if (same && before.version === kept.version && before.generation === generation) return
    this.held = {
      sessionId,
      generation,
      version: kept.version,
      accessToken: kept.accessToken,
      receipt: receiptFor(kept, sessionId, just, same ? before : null),
      over: same ? before.over : new AbortController(),
    }
    if (!same) before?.over.abort(new Replaced())
    const type = same ? 'renewed' : before ? 'replaced' : 'signed-in'
    const { reachable } = this.#subject.state
    const state = { status: 'signed-in', sessionId, generation, reason: null, reachable: true } as const
    this.#subject.set(state, { type, by, ...(why && { why }) })
    if (!reachable) this.#subject.set({}, { type: 'reachable', by })
  }

  isGone(sessionId: string): boolean {
    return this.#gone.has(sessionId)
  }

  /** Ends a session here and now. */
  end(sessionId: string, reason: string, by: By, why?: Why): void {
    this.#gone.add(sessionId)
    if (this.held?.sessionId === sessionId) this.#drop(reason, by, why)
  }

  #drop(reason: string | null, by: By, why?: Why): void {
    const before = this.held
    if (!before && this.#subject.state.status === 'signed-out') return
    this.held = null
    before?.over.abort(new SignedOut(reason ?? 'session_signed_out'))
    const event = { type: 'signed-out', by, ...(why && { why }), ...(reason && { reason }) } as const
    this.#subject.set({ status: 'signed-out', sessionId: null, generation: null, reason, reachable: true }, event)
  }
}

function receiptFor(kept: Kept, sessionId: string, just: boolean, before: Held | null): Receipt {
  // The same tokens as before: this tab's own clock knows better how old they are.
  if (before && before.version === kept.version) return before.receipt
  if (kept.sessionId !== sessionId) return UNKNOWN
  const wall = just ? kept.receivedAt : Date.now()
  return receiptOf(kept.receivedAt, kept.expiresIn, wall, performance.now())
}
