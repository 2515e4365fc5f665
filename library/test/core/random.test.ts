import { expect, test } from 'vitest'
import { randomBytes, randomText } from '../../src/core/random.ts'

test('random bytes are never repeated, and as many as requested', () => {
  const seen = new Set<string>()
  for (let i = 0; i < 5000; i++) {
    const bytes = i % 2 === 0 ? randomBytes(16) : Buffer.from(randomText(16), 'base64url')
    expect(bytes).toHaveLength(16)
    seen.add(bytes.toString('hex'))
  }
  expect(seen.size).toBe(5000)
})
