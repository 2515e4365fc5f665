import { randomFillSync } from 'node:crypto'

const POOL = 4096
let pool = Buffer.alloc(0)
let taken = 0

/** Random bytes from the system's generator, fetched in bulk: one call for each id would cost more than the signature. */
export function randomBytes(count: number): Buffer {
  if (taken + count > pool.length) {
    // A new pool, never the old one refilled: bytes that were handed out may still be in use.
    pool = randomFillSync(Buffer.alloc(POOL))
    taken = 0
  }
  return pool.subarray(taken, (taken += count))
}
