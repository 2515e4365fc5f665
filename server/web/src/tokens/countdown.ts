import type { Texts } from '../../../src/shared/locales/en.ts'
import { remainingShare } from '../../../src/shared/claims.ts'
import { formatClock } from '../../../src/shared/times.ts'
import { byId, setText } from '../dom.ts'

/** Below this share of its lifetime the ring says that the end is near. */
const LOW = 0.15

/**
 * Shows the time that an access token has left, on the monotonic clock: a clock that is set wrong or set back does not matter.
 * Calls `onEnd` each time that it runs out.
 */
export function startCountdown(
  text: Texts,
  onEnd: () => void,
): { set(left: number, lifetime: number | null, since: number): void } {
  const ring = byId('ring')!
  let lifetime = Number(ring.dataset.lifetime) || null
  let endsAt = loadedAt() + Number(ring.dataset.left) * 1000
  let out = false
  const draw = (): void => {
    const left = (endsAt - performance.now()) / 1000
    const share = remainingShare(left, lifetime)
    setText(byId('clock'), left > 0 ? formatClock(left) : text.tokens.expired)
    byId('ring-left')?.setAttribute('stroke-dasharray', `${share.toFixed(4)} 2`)
    ring.toggleAttribute('data-low', share < LOW && left > 0)
    ring.toggleAttribute('data-out', left <= 0)
    if (left <= 0 && !out) onEnd()
    out = left <= 0
  }
  draw()
  setInterval(draw, 1000)
  return {
    /** `left` and `lifetime` in seconds; `since` is the moment of the monotonic clock at which `left` was true. */
    set(left, newLifetime, since) {
      lifetime = newLifetime
      endsAt = since + left * 1000
      draw()
    },
  }
}

/** When the server wrote this page, as near as a browser knows. Milliseconds of the monotonic clock. */
function loadedAt(): number {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  return navigation?.responseStart ?? 0
}
