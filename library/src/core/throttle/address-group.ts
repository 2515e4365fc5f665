const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/

/** Longest text that is looked at: longer than any address with a zone. */
const MAX_LENGTH = 100

/**
 * Returns what counts as one client, the smallest group first: an IPv4 address; of an IPv6 address
 * the /64, which belongs to one subscriber (RFC 4291, section 2.5.4), and the /48, which one
 * customer of a provider may have (RFC 6177). Empty if the text is not an address.
 */
export function addressGroups(address: string | undefined): string[] {
  if (address === undefined || address.length > MAX_LENGTH) return []
  const text = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (IPV4.test(text)) return [text]
  const groups = text.includes(':') ? ipv6Groups(text) : null
  if (groups === null) return []
  return [`${groups.slice(0, 4).join(':')}::/64`, `${groups.slice(0, 3).join(':')}::/48`]
}

/** The eight groups of an IPv6 address in lower case without leading zeros; null if it is none. */
function ipv6Groups(text: string): string[] | null {
  // An embedded IPv4 address stands for the last two groups; only the first four matter.
  const halves = text.replace(/(?<=:)\d+(?:\.\d+){3}$/, '0:0').split('::')
  const [first = [], last = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - first.length - last.length
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return null
  const groups = [...first, ...Array.from({ length: missing }, () => '0'), ...last]
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return null
  return groups.map((group) => Number.parseInt(group, 16).toString(16))
}
