/** Longest username, in code points. */
export const USERNAME_MAX = 64

/** Characters that cannot be seen, or that change how those around them are seen: two names must not look the same. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

/** Whether somebody may register under a name: 1 to 64 visible characters, without a space at either end. */
export function isUsername(name: string): boolean {
  const length = Array.from(name).length
  return (
    length >= 1 &&
    length <= USERNAME_MAX &&
    !UNSEEN.test(name) &&
    !/^\s|\s$/u.test(name) &&
    nameKey(name).trim() !== ''
  )
}

/** What a name is compared by: compatibility forms and case make no difference (UTR 15; Unicode, section 3.13). */
export function nameKey(name: string): string {
  // To upper case first: it unfolds what has one form in lower case and two in upper case, such as the sharp s.
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}
