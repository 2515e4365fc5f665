import { isUtf8 } from 'node:buffer'

/** Longest part of a token that is decoded, in characters. */
const MAX_PART_LENGTH = 8192

/** Reused by every call: each is done before the next begins. */
const scratch = Buffer.alloc((MAX_PART_LENGTH * 3) / 4)

/** One base64url part of a token as a JSON object, or null: canonical base64url (RFC 7515, section 2), and what `parseObject` takes. */
export function decodeObject(part: string): Record<string, unknown> | null {
  if (part.length > MAX_PART_LENGTH) return null
  const length = scratch.write(part, 'base64url')
  // Node decodes what it can of any text: it passes over strange characters, or takes their low byte. What is written again is the one spelling.
  if (scratch.toString('base64url', 0, length) !== part) return null
  const text = scratch.toString('utf8', 0, length)
  // Bytes that are not UTF-8 come out as this character, which a text may also hold by right.
  if (text.includes('\ufffd') && !isUtf8(scratch.subarray(0, length))) return null
  return parseObject(text)
}

/**
 * A JSON object, frozen through and through, or null. Strict where `JSON.parse` is not: an object, no member name twice
 * (RFC 7515, section 4), no half of a surrogate pair, which would become the same character as every other half.
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

/** Throws a `TypeError` for texts with half a surrogate pair, which `decodeObject` would refuse. */
export function encodeObject(value: object): string {
  const text = JSON.stringify(value)
  if (text.includes('\\ud') && !isWellFormed(JSON.parse(text)))
    throw new TypeError('a token can hold only well-formed Unicode')
  // A character takes three bytes at the most.
  if (text.length * 3 > scratch.length) return Buffer.from(text).toString('base64url')
  return scratch.toString('base64url', 0, scratch.write(text))
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A name that stands twice is written twice and parsed once. As many colons as members leave no room for that, wherever the colons stand. */
function hasDuplicateNames(text: string, members: number): boolean {
  let colons = 0
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) colons++
  return colons !== members && countNames(text) !== members
}

/** Member names as written: the colons outside strings. */
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

/** Freezes an object and all inside it, so that one request cannot change what another sees. Says how many members there are. */
function deepFreeze(root: object): number {
  let members = 0
  const open = [root as Record<string, unknown>]
  // The list grows while it is walked. `for in` makes no list of the names, and parsed JSON inherits none.
  for (const value of open) {
    if (Array.isArray(value)) members -= value.length
    for (const name in value) {
      members++
      const each = value[name]
      if (typeof each === 'object' && each !== null) open.push(each as Record<string, unknown>)
    }
    Object.freeze(value)
  }
  return members
}

function isWellFormed(root: unknown): boolean {
  const open = [root]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value === 'string' && !value.isWellFormed()) return false
    if (typeof value === 'object' && value !== null)
      open.push(...Object.keys(value), ...Object.values(value))
  }
  return true
}
