const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * One base64url part of a token as a JSON object, or null. Strict where `JSON.parse` and `Buffer` are not: canonical base64url
 * (RFC 7515, section 2), valid UTF-8 without a byte order mark, an object, and no member name twice (RFC 7515, section 4).
 */
export function decodeObject(part: string): Record<string, unknown> | null {
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') !== part) return null
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    if (!isObject(value) || countNames(text) !== countMembers(value)) return null
    return value
  } catch {
    return null
  }
}

export const encodeObject = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Member names as written: the colons outside strings. A name that stands twice is written twice and parsed once. */
function countNames(text: string): number {
  let names = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (inString && code === 0x5c) i++
    else if (code === 0x22) inString = !inString
    else if (code === 0x3a && !inString) names++
  }
  return names
}

function countMembers(root: object): number {
  let members = 0
  const open: object[] = [root]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const inner = Object.values(value)
    if (!Array.isArray(value)) members += inner.length
    for (const each of inner) if (typeof each === 'object' && each !== null) open.push(each)
  }
  return members
}
