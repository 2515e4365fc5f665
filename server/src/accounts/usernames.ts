/** Longest username, in code points. */
export const USERNAME_MAX = 64

/** The same in UTF-16 code units, which are counted without work. */
export const USERNAME_MAX_UNITS = 2 * USERNAME_MAX

/**
 * Characters that are invisible or change how others are displayed: two names must not look the
 * same.
 */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

/** Returns true for 1 to 64 visible characters without a space at either end. */
export function isUsername(name: string): boolean {
  if (name.length > USERNAME_MAX_UNITS) return false
  const length = Array.from(name).length
  return (
    length >= 1 &&
    length <= USERNAME_MAX &&
    !INVISIBLE.test(name) &&
    !/^\s|\s$/u.test(name) &&
    nameKey(name).trim() !== ''
  )
}

/**
 * Returns the form that names are compared in: NFKC, without case (UAX 15; Unicode, section 3.13).
 */
export function nameKey(name: string): string {
  // Upper case first: it expands characters such as the sharp s, which lower case leaves alone.
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}
