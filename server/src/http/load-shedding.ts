import type { RequestListener } from 'node:http'
import { ERRORS } from 'latchkey'

/** Milliseconds of lag above which requests are refused. */
const MAX_LAG = 500
/** Up to this many requests in progress are never refused: so few do not cause the lag. */
const ALWAYS_ACCEPTED = 50
/** Milliseconds between two measurements. */
const INTERVAL = 20

/** Seconds after which a refused request should be repeated. */
const RETRY_AFTER = '1'

export interface LagMonitor {
  /** Returns true if the event loop is too far behind. */
  isLagging(): boolean
  stop(): void
}

/**
 * Measures the lag of the event loop by how late a timer fires. A timer that is overdue counts
 * before it fires: of a thousand requests that arrive together, the last ones are refused.
 */
export function monitorLag(now: () => number = performance.now.bind(performance)): LagMonitor {
  let due = now() + INTERVAL
  const timer = setInterval(() => (due = now() + INTERVAL), INTERVAL).unref()
  return { isLagging: () => now() - due > MAX_LAG, stop: () => clearInterval(timer) }
}

/**
 * Refuses requests with 503, before any work, while the process lags and many requests are in
 * progress. Under overload this keeps the response time of the accepted requests short.
 */
export function withLoadShedding(
  { isLagging }: Pick<LagMonitor, 'isLagging'>,
  listener: RequestListener,
): RequestListener {
  const { status, message } = ERRORS.temporarily_unavailable
  const body = JSON.stringify({ error: 'temporarily_unavailable', message })
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'Retry-After': RETRY_AFTER,
  }
  let inProgress = 0
  return function acceptOrRefuse(request, response) {
    inProgress++
    response.once('close', () => inProgress--)
    if (inProgress <= ALWAYS_ACCEPTED || !isLagging()) return listener(request, response)
    response.writeHead(status, headers).end(body)
  }
}
