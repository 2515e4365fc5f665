import type { RequestListener } from 'node:http'
import { ERRORS } from 'latchkey'

/** Milliseconds that the process may be behind. What it takes on within them it answers; the rest is asked to come again. */
const BEHIND = 500
/** Requests under way, up to which nobody is turned away: a process that is slow for another reason gains nothing by it. */
const FEW = 50
/** Milliseconds between two looks. */
const LOOK = 20

/** Seconds after which a request that was turned away is worth sending again. */
const RETRY_AFTER = '1'

export interface Shed {
  isBehind(): boolean
  stop(): void
}

/**
 * Sees how far the process is behind its work: by so much as a look at the clock comes late. A look that is overdue counts already,
 * so that of a thousand requests that arrive together the first ones are answered and the last ones turned away.
 */
export function watchLag(now: () => number = performance.now.bind(performance)): Shed {
  let due = now() + LOOK
  const look = setInterval(() => (due = now() + LOOK), LOOK).unref()
  return { isBehind: () => now() - due > BEHIND, stop: () => clearInterval(look) }
}

/**
 * Turns a request away with 503 while the process is behind and has many others under way, before anything is done for it. Under more load than it can bear a server
 * goes on answering as much as it can, and in time: without this every answer would come too late for whoever asked.
 */
export function shedding(
  { isBehind }: Pick<Shed, 'isBehind'>,
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
  let underWay = 0
  return function answerOrShed(request, response) {
    underWay++
    response.once('close', () => underWay--)
    if (underWay <= FEW || !isBehind()) return listener(request, response)
    response.writeHead(status, headers).end(body)
  }
}
