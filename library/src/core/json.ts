import { isUtf8 } from 'node:buffer'

/** The longest part of a token that is decoded, in characters. */
const MAX_PART_LENGTH = 65_536

/** Shared by all calls: they are synchronous, and none keeps a reference to it. */
const scratch = Buffer.alloc((MAX_PART_LENGTH * 3) / 4)

/**
 * Decodes one part of a token: canonical base64url (RFC 7515, section 2) of UTF-8 that
 * `parseObject` accepts. Returns null for anything else.
 */
export function decodeObject(part: string): Record<string, unknown> | null {
  if (part.length > MAX_PART_LENGTH) return null
  const length = scratch.write(part, 'base64url')
  // Node's decoder skips or mangles invalid characters instead of failing. Only the canonical
  // spelling survives the round trip.
  if (scratch.toString('base64url', 0, length) !== part) return null
  const text = scratch.toString('utf8', 0, length)
  // Invalid UTF-8 decodes to U+FFFD. The text may also contain that character legitimately.
  if (text.includes('\ufffd') && !isUtf8(scratch.subarray(0, length))) return null
  return parseObject(text)
}

/**
 * Parses a JSON object and freezes it deeply. Returns null if it is not an object, repeats a member
 * name (RFC 7515, section 4), or contains a lone surrogate: all of those become the same character
 * in UTF-8, so two different names could become equal.
 */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    if (
      !isObject(value) ||
      hasDuplicateNames(text, deepFreeze(value)) ||
      (text.includes('\\') && !isWellFormed(value))
    )
      return null
    return value
  } catch {
    return null
  }
}

/**
 * Encodes an object as JSON in base64url. Throws a `TypeError` for lone surrogates, which
 * `decodeObject` would refuse.
 */
export function encodeObject(value: object): string {
  const text = JSON.stringify(value)
  if (text.includes('\\ud') && !isWellFormed(JSON.parse(text)))
    throw new TypeError('a token can hold only well-formed Unicode')
  // A UTF-16 code unit takes at most three bytes of UTF-8.
  if (text.length * 3 > scratch.length) return Buffer.from(text).toString('base64url')
  return scratch.toString('base64url', 0, scratch.write(text))
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A repeated name occurs twice in the text, but only once in the parsed object. If there are as
 * many colons as members, no name can be repeated, and the slower count is not needed.
 */
function hasDuplicateNames(text: string, members: number): boolean {
  let colons = 0
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) colons++
  return colons !== members && countNames(text) !== members
}

/** Counts the member names in a JSON text: the colons outside of strings. */
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

/**
 * Freezes an object and everything in it, so that no request can change what another one sees.
 * Returns the number of members of all objects in it.
 */
function deepFreeze(root: object): number {
  let members = 0
  const pending = [root as Record<string, unknown>]
  // The array grows during the loop. `for in` allocates no array of names, and parsed JSON has no
  // inherited members.
  for (const value of pending) {
    if (Array.isArray(value)) members -= value.length
    for (const name in value) {
      members++
      const child = value[name]
      if (typeof child === 'object' && child !== null)
        pending.push(child as Record<string, unknown>)
    }
    Object.freeze(value)
  }
  return members
}

function isWellFormed(root: unknown): boolean {
  const pending = [root]
  while (pending.length > 0) {
    const value = pending.pop()
    if (typeof value === 'string' && !value.isWellFormed()) return false
    if (typeof value === 'object' && value !== null)
      pending.push(...Object.keys(value), ...Object.values(value))
  }
  return true
}
