import type { Context } from 'hono'
import type { Log } from '../log.ts'

/** Different origins that are logged. Any client can invent more. */
const MAX_LOGGED = 8

/** Where the server believes that browsers reach it. */
export interface ExpectedOrigin {
  /** The public origin. */
  origin: string
  /** The origins that may send forms. */
  allowed: readonly string[]
}

/**
 * Returns a function that logs, once for each, an origin at which a browser reaches this server and
 * which is not the configured one: cookies then have the wrong attributes, or forms are refused.
 */
export function originWatch(
  { origin, allowed }: ExpectedOrigin,
  log: Log,
): (context: Context) => void {
  const logged = new Set<string>()
  return (context) => {
    const seen = browserOrigin(context, origin)
    if (seen === null || allowed.includes(seen) || logged.has(seen)) return
    if (logged.size >= MAX_LOGGED) return
    logged.add(seen)
    log('warning', 'origin-mismatch', { seen, configured: origin, hint: HINT })
  }
}

const HINT = 'Set LATCHKEY_ORIGIN to the origin in the address bar of browsers.'

/**
 * Returns the origin that a request shows, or null if it shows none. A browser says that a request
 * is of the same origin, and names it (Fetch Metadata; RFC 6454), or names the host that it was
 * sent to. A proxy says that https is in front.
 */
function browserOrigin(context: Context, origin: string): string | null {
  const header = (name: string) => context.req.header(name) ?? ''
  const named = URL.parse(header('origin'))
  const isOwn = header('sec-fetch-site') === 'same-origin' || named?.host === header('host')
  if (named !== null && isOwn && /^https?:$/.test(named.protocol)) return named.origin
  const protocol = /^\s*(https?)\s*(?:,|$)/i.exec(header('x-forwarded-proto'))?.[1]?.toLowerCase()
  if (protocol === undefined || origin.startsWith(`${protocol}:`)) return null
  return `${protocol}://${new URL(origin).host}`
}
