/** Characters of a name that are looked at. A longer name counts as its beginning. */
const MAX_LENGTH = 256

/**
 * Returns the form in which names are counted. It is coarse on purpose: names that a database may
 * treat as equal, because they differ in case, accents, width or spaces only, share one counter.
 */
export function accountKey(name: string): string {
  return name
    .slice(0, MAX_LENGTH)
    .normalize('NFKD')
    .replace(/[\p{M}\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu, '')
    .toUpperCase()
    .toLowerCase()
}
