import { dictionary } from '@zxcvbn-ts/language-common'
import { isRepeated, isSequence, REPEATED_UNIT } from './password-patterns.ts'
import { OWN_COMMON_PASSWORDS } from './own-common-passwords.ts'
import { normalize } from './passwords.ts'

/** 49,000 passwords of published breaches, the most frequent first, and our own. */
const BREACHED = dictionary['passwords-common']
const COMMON = new Set([...BREACHED, ...OWN_COMMON_PASSWORDS])
/** Two of these in a row are one guess of a million. */
const MOST_COMMON = new Set(BREACHED.slice(0, 1000))
const LONGEST_MOST_COMMON = 12

/** So many digits and signs are cheap to add to a password: `1`, `123!`, `2026`. */
const CHEAP = { digits: 4, signs: 3 }

/**
 * Removes what hardly makes a password harder to guess: case, spaces, punctuation between words.
 */
export const simplify = (text: string): string =>
  normalize(text)
    .toLowerCase()
    .replace(/[\s._-]/g, '')

/**
 * Returns true for a password that attackers try early: a common one, also if it is repeated, has
 * digits for letters, or digits and signs before, behind or in it; a repetition; a row of keys.
 */
export function isCommonPassword(password: string): boolean {
  const text = simplify(password)
  return candidates(text).some(
    ({ core, added }) =>
      added.every(isCheap) && [core, ...lettersOf(core)].some((guess) => isGuessedEarly(guess)),
  )
}

/** Returns true for what is left of a password that has hardly anything else in it. */
export const isWeakRest = (text: string): boolean =>
  isCheap(text) || isCommonPassword(text) || isCheap(text.replace(/[^\p{L}]/gu, ''))

/** The text with and without what may have been added to it. */
function candidates(text: string): Array<{ core: string; added: string[] }> {
  const [, before, core, after] = /^([^\p{L}]*)(.*?)([^\p{L}]*)$/su.exec(text)!
  const signs = text.replace(/\p{L}/gu, '')
  const letters = { core: text.replace(/[^\p{L}]/gu, ''), added: [signs] }
  return [
    { core: text, added: [] },
    { core: before! + core!, added: [after!] },
    { core: core!, added: [before!, after!] },
    ...(signs.length <= CHEAP.digits ? [letters] : []),
  ]
}

function isCheap(text: string): boolean {
  const digits = text.replace(/[^\p{L}\p{N}]/gu, '')
  return (
    text.length - digits.length <= CHEAP.signs &&
    (digits.length <= CHEAP.digits ||
      COMMON.has(digits) ||
      isRepeated(digits) ||
      isSequence(digits))
  )
}

function isGuessedEarly(text: string): boolean {
  if (text.length <= 2) return text !== ''
  const unit = REPEATED_UNIT.exec(text)?.[1]
  return (
    COMMON.has(text) ||
    isRepeated(text) ||
    isSequence(text) ||
    (unit !== undefined && COMMON.has(unit)) ||
    isTwoOf(text)
  )
}

function isTwoOf(text: string): boolean {
  const longest = Math.min(LONGEST_MOST_COMMON, text.length - 1)
  for (let length = 1; length <= longest; length++)
    if (MOST_COMMON.has(text.slice(0, length)) && MOST_COMMON.has(text.slice(length))) return true
  return false
}

const SIGNS_FOR_LETTERS: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '8': 'b',
  '3': 'e',
  '6': 'g',
  '9': 'g',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
  '2': 'z',
}

/** The text with letters for the signs that are used in their place. A one is an i or an l. */
const lettersOf = (text: string): string[] =>
  ['i', 'l'].map((one) =>
    Array.from(text, (sign) => (sign === '1' ? one : (SIGNS_FOR_LETTERS[sign] ?? sign))).join(''),
  )
