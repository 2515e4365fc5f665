import type { Jws } from './jws.ts'

/**
 * Tokens whose signature was verified before, so that the next request needs no mathematics. Two generations: when the young one has
 * its half of the bytes, the old one is forgotten and the young one grows old; what is still in use comes back.
 */
export interface VerifiedTokens {
  get(token: string): Jws | undefined
  add(token: string, jws: Jws): void
}

/** What an entry takes beside its texts: the objects, and its place in the map. Measured, and rounded up. */
const ENTRY_BYTES = 700

const NONE: VerifiedTokens = { get: () => undefined, add: () => {} }

export function verifiedTokens(bytes: number): VerifiedTokens {
  if (bytes === 0) return NONE
  let young = new Map<string, Jws>()
  let old = new Map<string, Jws>()
  let taken = 0

  function keep(token: string, jws: Jws): void {
    taken += ENTRY_BYTES + 2 * token.length
    if (taken > bytes / 2) {
      old = young
      young = new Map()
      taken = ENTRY_BYTES + 2 * token.length
    }
    young.set(token, jws)
  }

  return {
    get(token) {
      const jws = young.get(token)
      if (jws !== undefined) return jws
      const aged = old.get(token)
      if (aged !== undefined) keep(token, aged)
      return aged
    },
    // A copy: the text at hand may be a piece of a far longer one, the header that it came in, which it would keep alive.
    add: (token, jws) => keep(Buffer.from(token, 'latin1').toString('latin1'), jws),
  }
}
