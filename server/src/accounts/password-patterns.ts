/** One to eight characters, repeated: `aaaa…`, `abcabc…`, `passwordpassword`. */
export const isRepeated = (text: string): boolean =>
  /^(.{1,8}?)\1+$/su.test(text) || new Set(text).size <= 2

/** A text of one unit of any length, repeated. */
export const REPEATED_UNIT = /^(.+?)\1+$/su

/** The alphabet, and rows of keyboards. */
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  '`1234567890-=',
  'qwertyuiop[]',
  "asdfghjkl;'",
  'zxcvbnm,./',
  'qwertzuiop',
  'azertyuiop',
]
/** Pairs of neighbours in a row, in both directions. */
const NEIGHBOURS = new Set(
  ROWS.flatMap((row) =>
    Array.from(row)
      .slice(1)
      .flatMap((key, index) => [row[index]! + key, key + row[index]!]),
  ),
)

/**
 * Share of pairs that must be neighbours in a sequence. Allows a change of rows:
 * `qwertyuiopasdfgh`.
 */
const MIN_SHARE = 0.85

/** Returns true if the characters follow each other on a keyboard or in the alphabet. */
export function isSequence(text: string): boolean {
  const characters = Array.from(text)
  const neighbours = characters
    .slice(1)
    .filter((character, index) => NEIGHBOURS.has(characters[index]! + character)).length
  return neighbours >= MIN_SHARE * (characters.length - 1)
}
