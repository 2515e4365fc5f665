/** What is known of tokens whose signature was verified before, so that the next request needs no mathematics. */
export interface VerifiedCache<Known> {
  get(token: string): Readonly<Known> | undefined
  add(token: string, known: Known): void
}

/** What an entry takes beside its texts: the objects, and its place in the map. Measured, and rounded up. */
const ENTRY_BYTES = 400

/** There is one mark for each so many bytes: far more than entries, so that tokens in use seldom meet at one place. */
const MARK_BYTES = 64

const NONE: VerifiedCache<never> = { get: () => undefined, add: () => {} }

interface Entry<Known> {
  token: string
  known: Readonly<Known>
}

/**
 * A token is kept from the second time on, so that a flood of tokens that come once leaves the others where they are. There are two
 * generations: when the young one has its half of the bytes, the old one is forgotten and the young one grows old; what is in use comes back.
 */
export function createVerifiedCache<Known extends object>(bytes: number): VerifiedCache<Known> {
  if (bytes === 0) return NONE
  const seen = new Int32Array(2 * Math.ceil(bytes / MARK_BYTES / 2))
  let young = new Map<number, Entry<Known>>()
  let old = new Map<number, Entry<Known>>()
  let taken = 0

  function keep(mark: number, entry: Entry<Known>): void {
    const size = ENTRY_BYTES + 2 * entry.token.length
    if (taken + size > bytes / 2) {
      old = young
      young = new Map()
      taken = 0
    }
    taken += size
    young.set(mark, entry)
  }

  return {
    get(token) {
      if (typeof token !== 'string') return undefined
      const mark = markOf(token)
      const found = young.get(mark)
      // Only a token that ends as one of ours does gets this far: how long the comparison takes tells nothing to whoever guesses.
      if (found?.token === token) return found.known
      const aged = old.get(mark)
      if (aged?.token !== token) return undefined
      keep(mark, aged)
      return aged.known
    },
    add(token, known) {
      const mark = markOf(token)
      // Two marks have one place, the later one first: else two tokens that take turns would be new for ever.
      const at = ((mark >>> 1) % (seen.length / 2)) * 2
      if (seen[at] !== mark && seen[at + 1] !== mark) {
        seen[at + 1] = seen[at]!
        seen[at] = mark
        return
      }
      // A copy: the text at hand may be a piece of a far longer one, the header that it came in, which it would keep alive.
      keep(mark, {
        token: Buffer.from(token, 'latin1').toString('latin1'),
        known: Object.freeze(known),
      })
    },
  }
}

/** A number made of the end of the signature, whose bits nobody chooses. Finding a token by its whole text would cost more than all else here. */
function markOf(token: string): number {
  let mark = 0
  for (let at = token.length - 8; at < token.length; at++)
    mark = (Math.imul(mark, 67) + token.charCodeAt(at)) | 0
  return mark
}
