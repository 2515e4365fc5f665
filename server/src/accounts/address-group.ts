import { isIP } from 'node:net'

/**
 * Returns what counts as one client: an IPv4 address, or the /64 prefix of an IPv6 address, which
 * belongs to one subscriber (RFC 4291, section 2.5.4).
 */
export function addressGroup(address: string): string {
  if (isIP(address) !== 6) return address
  // An embedded IPv4 address stands for the last two of eight groups; only the first four matter.
  const [head = '', tail] = address.replace(/\d+(?:\.\d+){3}$/, '0:0').split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0')
  const prefix = [...first, ...zeros, ...last].slice(0, 4)
  return `${prefix.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
