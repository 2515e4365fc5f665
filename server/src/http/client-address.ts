import { isIP } from 'node:net'

/**
 * The network address of a client. Each of `proxies` servers in front has written into `X-Forwarded-For` whom it heard from, the nearest
 * last; what stands before those entries the client may have invented.
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
  return cleanAddress(entry) ?? cleanAddress(remote ?? '')
}

/** Without port, brackets and zone; an IPv4 address that is written as an IPv6 one becomes itself (RFC 4291, section 2.5.5.2). */
function cleanAddress(entry: string): string | undefined {
  const text = entry
    .trim()
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1')
    .replace(/%.*$/, '')
  const address = text.replace(/^::ffff:(?=\d+\.)/i, '').toLowerCase()
  return isIP(address) === 0 ? undefined : address
}

/** What counts as one client: an IPv4 address, or the /64 that one IPv6 subscriber has to itself (RFC 4291, section 2.5.4). */
export function addressGroup(address: string): string {
  if (isIP(address) !== 6) return address
  // An embedded IPv4 part is two groups, and lies behind the first four unless something is wrong anyway.
  const [head = '', tail] = address.replace(/\d+(?:\.\d+){3}$/, '0:0').split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [
    ...first,
    ...Array.from({ length: 8 - first.length - last.length }, () => '0'),
    ...last,
  ]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
