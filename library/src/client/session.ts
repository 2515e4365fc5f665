import { caughtUp } from './changes.ts'
import { pause, receiptOf } from './clock.ts'
import type { Core } from './core.ts'
import { owe } from './debts.ts'
import { Replaced, SignedOut } from './errors.ts'
import type { Marker } from './marker.ts'
import { persist } from './record.ts'
import { tell, UNKNOWN } from './state.ts'
import type { Cause } from './state.ts'

/** How long a cookie may take to be seen in every tab. Milliseconds. */
const COOKIE_LAG = 50

export const isOver = ({ gone, kept }: Core, sessionId: string): boolean => gone.has(sessionId) || kept.ended.includes(sessionId)

/** Undefined where the cookie cannot be seen. */
export const markerOf = ({ marked, transport }: Core): Marker | null | undefined => (marked ? transport.readMarker() : undefined)

/** Another session's cookies than one believes in, or none. */
export function differs(core: Core, sessionId: string | null): boolean {
  const marker = markerOf(core)
  return marker !== undefined && (marker?.sessionId ?? null) !== sessionId
}

export const OTHER_TAB: Cause = { by: 'another tab' }

/** Reads the record and the cookie again. `just`: because another tab said this moment that it wrote there. Never rejects. */
export async function look(core: Core, cause = OTHER_TAB, just = false): Promise<void> {
  try {
    if (differs(core, (await persist(core)).sessionId)) {
      await pause(COOKIE_LAG)
      await persist(core)
    }
  } catch {
    // Storage did not answer: what was known stands.
  }
  const marker = markerOf(core)
  take(core, marker, cause, just)
  // A cookie that came back after its session was over is sent away again, with those beside it that script cannot see.
  if (marker && isOver(core, marker.sessionId)) void owe(core, marker.sessionId)
}

/**
 * Makes the record and the cookie into what this tab holds, and tells the listeners what that means. The cookie says which session there is,
 * the record how far it has come; `marker` is undefined where the cookie cannot be seen, or is not to be asked.
 * `just`: what is new came this moment, so that the wall clock need not be asked how old it is.
 */
export function take(core: Core, marker: Marker | null | undefined, cause: Cause, just = false): void {
  const { held, state } = core
  let { kept } = core
  const sessionId = marker === undefined ? kept.sessionId : (marker?.sessionId ?? null)
  if (sessionId === null || isOver(core, sessionId)) {
    return drop(core, kept.sessionId !== null && !isOver(core, kept.sessionId) ? 'token_missing' : kept.reason, cause)
  }
  if (marker) kept = caughtUp(kept, marker)
  const { generation, receivedAt, expiresIn } = kept
  const same = held?.sessionId === sessionId
  // The same tokens as before: this tab's own clock knows better how old they are.
  const old = same && held.receivedAt === receivedAt
  if (old && held.generation === generation) return
  const { at, lifetime } = old ? held : receiptOf(just ? 0 : Date.now() - receivedAt, expiresIn)
  core.held = { ...kept, sessionId, at, lifetime, over: same ? held.over : new AbortController() }
  core.failures = core.quietUntil = 0
  if (!same) held?.over.abort(new Replaced())
  const type = same ? 'renewed' : held ? 'replaced' : 'signed-in'
  tell(core, { ...UNKNOWN, status: 'signed-in', sessionId, generation }, { ...cause, type })
  if (!state.reachable) tell(core, {}, { ...cause, type: 'reachable' })
}

/** Ends a session here and now. */
export function end(core: Core, sessionId: string, reason: string, cause: Cause): void {
  core.gone.add(sessionId)
  if (core.held?.sessionId === sessionId) drop(core, reason, cause)
}

function drop(core: Core, reason: string | null, cause: Cause): void {
  const { held, state } = core
  if (!held && state.status === 'signed-out') return
  core.held = undefined
  held?.over.abort(new SignedOut(reason ?? 'session_signed_out'))
  tell(core, { ...UNKNOWN, status: 'signed-out', reason }, { ...cause, type: 'signed-out', reason: reason ?? undefined })
}
