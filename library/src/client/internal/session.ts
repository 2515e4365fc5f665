import { corrected } from '../changes.ts'
import { receiptOf } from './clock.ts'
import { Replaced, SignedOut } from './errors.ts'
import type { Marker } from './session-cookie.ts'
import { UNKNOWN } from './state.ts'
import type { EventCause } from './state.ts'
import type { Tab } from './context.ts'
import { OTHER_TAB, tell, tellTabs } from '../tell.ts'

export const isOver = (tab: Tab, sessionId: string): boolean =>
  tab.gone.has(sessionId) || tab.kept.ended.includes(sessionId)

/**
 * Makes the record and the cookie into what this tab holds, and tells the listeners what that means.
 * `just`: what is new came this moment, so that the wall clock need not be asked how old it is.
 */
export function take(tab: Tab, cause: EventCause, just = false, marker?: Marker): void {
  const {
    held: before,
    state: { reachable },
  } = tab
  const seen = corrected(tab.kept, marker, (id) => isOver(tab, id))
  const { sessionId, generation, receivedAt } = seen
  if (!sessionId) return drop(tab, seen.reason, cause)
  const same = before?.sessionId === sessionId
  if (same && before.generation === generation && before.receivedAt === receivedAt) return
  tab.held = {
    ...seen,
    sessionId,
    ...receiptOf(seen, just),
    over: same ? before.over : new AbortController(),
  }
  tab.failures = tab.quietUntil = 0
  if (!same) before?.over.abort(new Replaced())
  tell(tab, same ? 'renewed' : before ? 'replaced' : 'signed-in', cause, {
    ...UNKNOWN,
    status: 'signed-in',
    sessionId,
    generation,
  })
  if (!reachable) tell(tab, 'reachable', cause)
}

/** What this tab was given and has kept. Not by the cookie: what came with the answer is surer, and the cookie may lag. */
export function arrive(tab: Tab, cause: EventCause): void {
  take(tab, cause, true)
  tellTabs(tab, { about: 'record' })
}

/** Ends a session here and now, and in the other tabs unless one of them has said so. */
export function end(tab: Tab, sessionId: string, reason: string, cause: EventCause): void {
  tab.gone.add(sessionId)
  if (cause !== OTHER_TAB) tellTabs(tab, { about: 'end', sessionId, reason })
  if (tab.held?.sessionId === sessionId) drop(tab, reason, cause)
}

function drop(tab: Tab, reason: string | undefined, cause: EventCause): void {
  if (tab.state.status === 'signed-out') return
  tab.held?.over.abort(new SignedOut(reason))
  tab.held = undefined
  tell(tab, 'signed-out', cause, { ...UNKNOWN, status: 'signed-out', reason: reason ?? null })
}
