/** What is known of tokens whose signature was verified before, so that the next request needs no mathematics. */
export interface VerifiedTokens<Known> {
  get(token: string): Readonly<Known> | undefined
  add(token: string, known: Known): void
}

/** What an entry takes beside its texts: the objects, and its place in the map. Measured, and rounded up. */
const ENTRY_BYTES = 400

/** There is one mark for each so many bytes: far more than entries, so that two tokens in use seldom share one. */
const MARK_BYTES = 32

const NONE: VerifiedTokens<never> = { get: () => undefined, add: () => {} }

/**
 * A token is kept from the second time on, so that a flood of tokens that come once leaves the others where they are. There are two
 * generations: when the young one has its half of the bytes, the old one is forgotten and the young one grows old; what is in use comes back.
 */
export function verifiedTokens<Known extends object>(bytes: number): VerifiedTokens<Known> {
  if (bytes === 0) return NONE
  const marks = new Uint32Array(Math.ceil(bytes / MARK_BYTES))
  let young = new Map<string, Readonly<Known>>()
  let old = new Map<string, Readonly<Known>>()
  let taken = 0

  function keep(token: string, known: Readonly<Known>): void {
    const size = ENTRY_BYTES + 2 * token.length
    if (taken + size > bytes / 2) {
      old = young
      young = new Map()
      taken = 0
    }
    taken += size
    young.set(token, known)
  }

  return {
    get(token) {
      if (typeof token !== 'string') return undefined
      // Most tokens that come for the first time need not be looked for. One whose mark another took is verified once more.
      const mark = markOf(token)
      if (marks[mark % marks.length] !== mark) return undefined
      const known = young.get(token)
      if (known !== undefined) return known
      const aged = old.get(token)
      if (aged !== undefined) keep(token, aged)
      return aged
    },
    add(token, known) {
      const mark = markOf(token)
      const at = mark % marks.length
      const isFirst = marks[at] !== mark
      marks[at] = mark
      // A copy: the text at hand may be a piece of a far longer one, the header that it came in, which it would keep alive.
      if (!isFirst) keep(Buffer.from(token, 'latin1').toString('latin1'), Object.freeze(known))
    },
  }
}

/** A number made of the end of the signature, whose bits nobody chooses. */
function markOf(token: string): number {
  let mark = 0
  for (let at = token.length - 8; at < token.length; at++) mark = (mark * 67 + token.charCodeAt(at)) >>> 0
  return mark
}
