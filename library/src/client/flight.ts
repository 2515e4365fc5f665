import { dueAt, now, timerDelay } from './clock.ts'
import type { Core } from './core.ts'
import { SignedOut, Unreachable } from './errors.ts'
import { exchange } from './exchange.ts'
import { locked } from './lock.ts'
import { failed } from './quiet.ts'
import type { Why } from './state.ts'
import { unless } from './unless.ts'

/** Rejects with SignedOut, Replaced or Unreachable. However many ask, one is under way. */
export const renew = (core: Core, why: Why): Promise<void> =>
  (core.flight ??= fly(core, why).finally(() => {
    core.flight = undefined
    schedule(core)
  }))

async function fly(core: Core, why: Why): Promise<void> {
  const { held, state } = core
  if (!held) throw state.status === 'unknown' ? new Unreachable(0) : new SignedOut(state.reason ?? 'token_missing')
  // Storage may fail. The attempt is on disk or was never sent: asking again gives the same tokens.
  const renewal = locked(core, () => exchange(core, held, why)).catch(() => failed(core, 0)).then((conclude) => conclude())
  // What comes after the session's end is still concluded, but nobody waits for it.
  await unless(held.over.signal, renewal as Promise<void>)
}

/** One timer, in a visible tab only: shortly before the token expires, or for the next try. */
export function schedule(core: Core): void {
  const { held, state, quietUntil, flight, disposed } = core
  clearTimeout(core.timer)
  if (disposed.signal.aborted || flight || !held || isHidden()) return
  const at = Math.max(quietUntil, state.reachable ? dueAt(held) : 0)
  const fire = (): unknown => (at <= now() ? renew(core, 'timer').catch(() => {}) : schedule(core))
  if (at < Infinity) core.timer = setTimeout(fire, timerDelay(at))
}

export const isHidden = (): boolean => (globalThis as Partial<typeof globalThis>).document?.visibilityState === 'hidden'
