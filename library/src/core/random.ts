import { randomFillSync } from 'node:crypto'

const POOL_BYTES = 4096
let pool = Buffer.alloc(0)
let used = 0

/**
 * Random bytes from the system's generator. They are fetched in bulk, because one system call for
 * each id would cost more than a signature.
 */
export function randomBytes(count: number): Buffer {
  // `take` may replace the pool, so it must run before `pool` is read.
  const start = take(count)
  return pool.subarray(start, used)
}

/** Random bytes in base64url. */
export function randomText(count: number): string {
  const start = take(count)
  return pool.toString('base64url', start, used)
}

/** Reserves bytes of the pool. Returns their offset; they end at `used`. */
function take(count: number): number {
  if (used + count > pool.length) {
    // Never refill the old pool: callers may still use bytes of it.
    pool = randomFillSync(Buffer.alloc(POOL_BYTES))
    used = 0
  }
  used += count
  return used - count
}
