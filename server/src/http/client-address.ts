import { isIP } from 'node:net'

/**
 * Returns the network address of a client. Each of `proxies` trusted servers in front has appended
 * the address of its peer to `X-Forwarded-For`. The client may have invented any earlier entry.
 */
export function clientAddress(
  remote: string | undefined,
  forwardedFor: string | undefined,
  proxies: number,
): string | undefined {
  const chain = [
    ...(forwardedFor ?? '').split(',').filter((entry) => entry.trim() !== ''),
    remote ?? '',
  ]
  const entry = chain[Math.max(0, chain.length - 1 - proxies)]!
  return normalizeAddress(entry) ?? normalizeAddress(remote ?? '')
}

/**
 * Removes port, brackets and zone, and returns an IPv4-mapped IPv6 address as IPv4 (RFC 4291,
 * section 2.5.5.2). Returns undefined if the text is not an address.
 */
function normalizeAddress(entry: string): string | undefined {
  const text = entry
    .trim()
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1')
    .replace(/%.*$/, '')
  const address = text.replace(/^::ffff:(?=\d+\.)/i, '').toLowerCase()
  return isIP(address) === 0 ? undefined : address
}
