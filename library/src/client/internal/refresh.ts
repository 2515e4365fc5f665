import { dueAt, now, timerDelay } from './clock.ts'
import { SignedOut, Unreachable } from './errors.ts'
import { exchange } from '../exchange.ts'
import { locked } from './lock.ts'
import { failed } from './backoff.ts'
import { UNKNOWN } from './state.ts'
import type { RefreshCause } from './state.ts'
import type { Tab } from './context.ts'
import { unless } from './abort.ts'

/** Rejects with SignedOut, Replaced or Unreachable. However many ask, one is under way. */
export const renew = (tab: Tab, why: RefreshCause): Promise<void> =>
  (tab.flight ??= fly(tab, why).finally(() => {
    tab.flight = undefined
    schedule(tab)
  }))

async function fly(tab: Tab, why: RefreshCause): Promise<void> {
  const { held } = tab
  if (!held) throw tab.state === UNKNOWN ? new Unreachable(0) : new SignedOut(tab.kept.reason)
  // Storage may fail. The attempt is on disk or was never sent: asking again gives the same tokens.
  const renewal = locked(tab.name, () => exchange(tab, held, why))
    .catch(() => failed(tab, 0))
    .then((conclude) => conclude())
  // What comes after the session's end is still concluded, but nobody waits for it.
  await unless(held.over.signal, renewal)
}

/** One timer, in a visible tab only: shortly before the token expires, or for the next try. */
export function schedule(tab: Tab): void {
  const { held } = tab
  clearTimeout(tab.timer)
  if (tab.disposed.signal.aborted || tab.flight || !held || hidden()) return
  const at = Math.max(tab.quietUntil, tab.state.reachable ? dueAt(held) : 0)
  tab.timer = setTimeout(
    () => (at <= now() ? renew(tab, 'timer').catch(() => {}) : schedule(tab)),
    timerDelay(at),
  )
}

export const hidden = (): boolean | undefined =>
  (globalThis as Partial<typeof globalThis>).document?.hidden
