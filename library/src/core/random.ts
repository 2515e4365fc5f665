import { randomFillSync } from 'node:crypto'

const POOL = 4096
let pool = Buffer.alloc(0)
let taken = 0

/** Random bytes from the system's generator, fetched in bulk: one call for each id would cost more than the signature. */
export function randomBytes(count: number): Buffer {
  // Before the pool is looked at: taking may put a new one in its place.
  const from = take(count)
  return pool.subarray(from, taken)
}

/** The same in base64url. */
export function randomText(count: number): string {
  const from = take(count)
  return pool.toString('base64url', from, taken)
}

/** Where the next bytes begin; they end at `taken`. */
function take(count: number): number {
  if (taken + count > pool.length) {
    // A new pool, never the old one refilled: bytes that were handed out may still be in use.
    pool = randomFillSync(Buffer.alloc(POOL))
    taken = 0
  }
  taken += count
  return taken - count
}
