import { backoffDelay, now } from './clock.ts'
import { Unreachable } from './errors.ts'
import type { Outcome } from './lock.ts'
import type { EventCause } from './state.ts'
import type { Tab } from './context.ts'
import { mine, tell, tellTabs } from '../tell.ts'

/** There was no sensible answer; it may have `asked` for some milliseconds itself. The other tabs are told before the lock is given back. */
export function failed(tab: Tab, asked: number): Outcome {
  const wait = backoffDelay(tab.failures++, asked, Math.random())
  tellTabs(tab, { about: 'server', wait })
  return () => {
    leaveAlone(tab, wait, mine())
    throw new Unreachable(wait)
  }
}

export function leaveAlone(tab: Tab, wait: number, cause: EventCause): void {
  tab.quietUntil = now() + wait
  if (tab.state.reachable) tell(tab, 'unreachable', cause, { reachable: false })
  tab.schedule(tab)
}
