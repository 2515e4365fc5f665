import type { RequestView } from '../request.ts'

/** Headers in which a proxy names the client. */
const PROXY_HEADERS = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip']

/** Loopback, private and link-local addresses (RFC 1918, RFC 4193, RFC 6598). */
const PRIVATE =
  /^(?:::1|fe80:.*|f[cd][\da-f]{2}:.*|(?:::ffff:)?(?:127|10|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\..*)$/i

/**
 * Returns the address by which failed sign-ins are counted. A private address that comes with a
 * header of proxies is that of the proxy: the framework does not trust it, so the client's address
 * is unknown. Counted by the proxy's address, all clients would slow down each other.
 */
export function clientAddress(view: RequestView): string | undefined {
  const { address } = view
  const isProxy =
    address !== undefined &&
    PRIVATE.test(address) &&
    PROXY_HEADERS.some((name) => view.header(name) !== undefined)
  return isProxy ? undefined : address
}
