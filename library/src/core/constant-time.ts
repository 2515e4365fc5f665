import { timingSafeEqual } from 'node:crypto'

/** Equal texts, in a time that tells nothing of where they differ. */
export function constantTimeEqual(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}
