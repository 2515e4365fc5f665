/** A cache of tokens whose signature was verified, so that the next request need not verify it. */
export interface VerifiedCache<Value> {
  get(token: string): Readonly<Value> | undefined
  /** Freezes the value. Stores it only if the token was added once before. */
  add(token: string, value: Value): void
}

/** Bytes of an entry in addition to its text: objects and map slot. Measured and rounded up. */
const ENTRY_BYTES = 400

/**
 * The table of fingerprints has one slot for this many bytes of cache. There are far more slots
 * than entries, so tokens in use rarely share one.
 */
const SLOT_BYTES = 64

const DISABLED: VerifiedCache<never> = { get: () => undefined, add: () => {} }

interface Entry<Value> {
  token: string
  value: Readonly<Value>
}

/**
 * Makes a cache of at most `bytes` bytes; 0 disables it. A token is stored the second time that it
 * is added, so a flood of tokens that are each used once evicts nothing. There are two generations,
 * each with half of the memory: when the current one is full, the previous one is dropped and the
 * current one takes its place. Entries that are used move back into the current generation.
 */
export function createVerifiedCache<Value extends object>(bytes: number): VerifiedCache<Value> {
  if (bytes === 0) return DISABLED
  const isNew = createSeenFilter(bytes)
  let current = new Map<number, Entry<Value>>()
  let previous = new Map<number, Entry<Value>>()
  let usedBytes = 0

  function store(fingerprint: number, entry: Entry<Value>): void {
    const size = ENTRY_BYTES + 2 * entry.token.length
    if (usedBytes + size > bytes / 2) {
      previous = current
      current = new Map()
      usedBytes = 0
    }
    usedBytes += size
    current.set(fingerprint, entry)
  }

  return {
    get(token) {
      if (typeof token !== 'string') return undefined
      const fingerprint = fingerprintOf(token)
      const entry = current.get(fingerprint)
      // The comparison is not constant-time. It need not be: it runs only for tokens that end like
      // a cached one, and an attacker cannot choose the end of a valid signature.
      if (entry?.token === token) return entry.value
      const older = previous.get(fingerprint)
      if (older?.token !== token) return undefined
      store(fingerprint, older)
      return older.value
    },
    add(token, value) {
      const fingerprint = fingerprintOf(token)
      if (isNew(fingerprint)) return
      // A copy: the token may be a slice of a longer header, which it would keep in memory.
      const text = Buffer.from(token, 'latin1').toString('latin1')
      store(fingerprint, { token: text, value: Object.freeze(value) })
    },
  }
}

/**
 * A table of the fingerprints seen recently. The function that it returns says whether one is new,
 * and remembers it. Each position holds two fingerprints, the more recent first: with one, two
 * tokens that share a position and alternate would stay new forever.
 */
function createSeenFilter(bytes: number): (fingerprint: number) => boolean {
  const positions = Math.ceil(bytes / SLOT_BYTES / 2)
  const seen = new Int32Array(2 * positions)
  return (fingerprint) => {
    const at = ((fingerprint >>> 1) % positions) * 2
    if (seen[at] === fingerprint || seen[at + 1] === fingerprint) return false
    seen[at + 1] = seen[at]!
    seen[at] = fingerprint
    return true
  }
}

/**
 * A hash of the last eight characters of the signature, which are as good as random. Hashing the
 * whole token would cost more than the rest of the lookup.
 */
function fingerprintOf(token: string): number {
  let fingerprint = 0
  for (let at = token.length - 8; at < token.length; at++)
    fingerprint = (Math.imul(fingerprint, 67) + token.charCodeAt(at)) | 0
  return fingerprint
}
