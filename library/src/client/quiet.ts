import { backoff, now } from './clock.ts'
import { tellTabs } from './core.ts'
import type { Core } from './core.ts'
import { Unreachable } from './errors.ts'
import { tell } from './state.ts'
import type { Cause } from './state.ts'

/** The sign-in server is left alone for so many milliseconds. */
export function leaveAlone(core: Core, wait: number, cause: Cause): void {
  core.quietUntil = now() + wait
  if (core.state.reachable) tell(core, { reachable: false }, { ...cause, type: 'unreachable' })
}

/** There was no sensible answer; it may have `asked` for some milliseconds itself. The other tabs are told before the lock is given back to them. */
export function failed(core: Core, asked: number): () => never {
  const wait = backoff(core.failures++, asked, Math.random())
  tellTabs(core, { about: 'server', wait })
  return () => {
    leaveAlone(core, wait, { by: 'this tab' })
    throw new Unreachable(wait)
  }
}
