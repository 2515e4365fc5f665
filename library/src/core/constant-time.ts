import { timingSafeEqual } from 'node:crypto'

/** Compares two strings. The duration reveals only whether their lengths in bytes are equal. */
export function constantTimeEqual(expected: string, actual: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(actual)]
  return a.length === b.length && timingSafeEqual(a, b)
}
