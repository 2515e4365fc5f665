import { COMMON_PASSWORDS } from './common-passwords.ts'
import { problem, type Problem } from '../errors.ts'
import { isBounded, lengthOf, normalise, PASSWORD_MAX } from './passwords.ts'
import { nameKey } from './usernames.ts'

/**
 * Why a new password is refused, or null. Length is what counts; beside it only what is guessed first is refused, compared as a whole
 * (NIST SP 800-63B-4, section 3.1.1.2). There are no rules about kinds of characters.
 */
export function passwordProblem(password: string, username: string, min: number): Problem | null {
  if (lengthOf(password) < min) return problem('password_too_short', { min })
  if (!isBounded(password)) return problem('password_too_long', { max: PASSWORD_MAX })
  const text = plain(password)
  const guessed =
    isRepeated(text) ||
    isSequence(text) ||
    COMMON_PASSWORDS.has(text) ||
    isRepetitionOf(text, plain(nameKey(username)))
  return guessed ? problem('password_common') : null
}

/** Case, spaces and punctuation between words hide nothing from somebody who guesses. */
const plain = (text: string): string =>
  normalise(text)
    .toLowerCase()
    .replace(/[\s._-]/g, '')

/** One to eight characters over and over: `aaaa…`, `abcabc…`, `passwordpassword`. */
const isRepeated = (text: string): boolean =>
  /^(.{1,8}?)\1+$/su.test(text) || new Set(text).size <= 2

/** Rows of keys and of the alphabet, in which whole passwords are found. */
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
const STEPS = new Set(
  ROWS.flatMap((row) =>
    Array.from(row)
      .slice(1)
      .flatMap((key, index) => [row[index]! + key, key + row[index]!]),
  ),
)

/** Least share of neighbours among the pairs of a sequence: `qwertyuiopasdfgh` changes rows once. */
const SHARE = 0.85

/** Characters that follow each other on a keyboard or in the alphabet, forwards or backwards. */
function isSequence(text: string): boolean {
  const characters = Array.from(text)
  const steps = characters
    .slice(1)
    .filter((character, index) => STEPS.has(characters[index]! + character)).length
  return steps >= SHARE * (characters.length - 1)
}

/** The username itself, or the username again and again. */
const isRepetitionOf = (text: string, name: string): boolean =>
  name !== '' && text.replaceAll(name, '') === ''
