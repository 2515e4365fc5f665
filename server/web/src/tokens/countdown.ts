import { remainingShare } from '../../../src/shared/claims.ts'
import type { Texts } from '../../../src/shared/locales/en.ts'
import { formatClock } from '../../../src/shared/times.ts'
import { byId, setText } from '../dom.ts'

/** Below this share of the lifetime, the ring shows that the token expires soon. */
const LOW = 0.15

export interface Countdown {
  /**
   * Starts again. `left` and `lifetime` are in seconds. `measuredAt` is when `left` was
   * measured, in milliseconds of the monotonic clock.
   */
  restart(left: number, lifetime: number | null, measuredAt: number): void
}

/**
 * Shows how much longer the access token is valid. Uses the monotonic clock, so changes of the
 * system clock have no effect. Calls `onExpired` each time the token expires.
 */
export function startCountdown(text: Texts, onExpired: () => void): Countdown {
  const ring = byId('ring')!
  let lifetime = Number(ring.dataset.lifetime) || null
  let endsAt = pageReceivedAt() + Number(ring.dataset.left) * 1000
  let expired = false
  const update = (): void => {
    const left = (endsAt - performance.now()) / 1000
    showTimeLeft(ring, left, lifetime, text)
    if (left <= 0 && !expired) onExpired()
    expired = left <= 0
  }
  update()
  setInterval(update, 1000)
  return {
    restart(left, newLifetime, measuredAt) {
      lifetime = newLifetime
      endsAt = measuredAt + left * 1000
      update()
    },
  }
}

function showTimeLeft(ring: Element, left: number, lifetime: number | null, text: Texts): void {
  const share = remainingShare(left, lifetime)
  setText(byId('clock'), left > 0 ? formatClock(left) : text.tokens.expired)
  byId('ring-left')?.setAttribute('stroke-dasharray', `${share.toFixed(4)} 2`)
  ring.toggleAttribute('data-low', share < LOW && left > 0)
  ring.toggleAttribute('data-out', left <= 0)
}

/** When the response with this page began, in milliseconds of the monotonic clock. */
function pageReceivedAt(): number {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  return navigation?.responseStart ?? 0
}
