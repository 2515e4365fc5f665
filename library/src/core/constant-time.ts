import { timingSafeEqual } from 'node:crypto'

/** Compares two strings. The duration reveals only whether their lengths in bytes are equal. */
export function constantTimeEqual(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}
