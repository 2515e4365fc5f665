import { COMMON_PASSWORDS } from './common-passwords.ts'
import { problem, type Problem } from '../errors.ts'
import { isBounded, lengthOf, normalize, PASSWORD_MAX } from './passwords.ts'
import { nameKey } from './usernames.ts'

/**
 * Returns why a new password is refused, or null. Refuses short passwords, and those that attackers
 * try first: the whole password is compared, not parts of it. There are no rules about kinds of
 * characters (NIST SP 800-63B-4, section 3.1.1.2).
 */
export function passwordProblem(password: string, username: string, min: number): Problem | null {
  if (lengthOf(password) < min) return problem('password_too_short', { min })
  if (!isBounded(password)) return problem('password_too_long', { max: PASSWORD_MAX })
  const text = simplify(password)
  const isCommon =
    isRepeated(text) ||
    isSequence(text) ||
    COMMON_PASSWORDS.has(text) ||
    isRepetitionOf(text, simplify(nameKey(username)))
  return isCommon ? problem('password_common') : null
}

/**
 * Removes what hardly makes a password harder to guess: case, spaces, punctuation between words.
 */
const simplify = (text: string): string =>
  normalize(text)
    .toLowerCase()
    .replace(/[\s._-]/g, '')

/** One to eight characters, repeated: `aaaa…`, `abcabc…`, `passwordpassword`. */
const isRepeated = (text: string): boolean =>
  /^(.{1,8}?)\1+$/su.test(text) || new Set(text).size <= 2

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
function isSequence(text: string): boolean {
  const characters = Array.from(text)
  const neighbours = characters
    .slice(1)
    .filter((character, index) => NEIGHBOURS.has(characters[index]! + character)).length
  return neighbours >= MIN_SHARE * (characters.length - 1)
}

/** The username, once or several times. */
const isRepetitionOf = (text: string, name: string): boolean =>
  name !== '' && text.replaceAll(name, '') === ''
