import { afterEach, expect, test } from 'vitest'
import { withoutStackTraces } from '../../src/core/without-stack-traces.ts'

const depth = Error.stackTraceLimit
afterEach(() => {
  Object.defineProperty(Error, 'stackTraceLimit', { value: depth, writable: true })
})

test('an exception inside notes no calls, and one after it does', () => {
  const inside = withoutStackTraces(() => new Error('inside').stack)
  expect(inside).toBe('Error: inside')
  expect(new Error('after').stack).toContain('without-stack-traces.test.ts')
})

test('what it throws is thrown, and the depth is as before', () => {
  expect(() =>
    withoutStackTraces(() => {
      throw new RangeError('no')
    }),
  ).toThrow(RangeError)
  expect(Error.stackTraceLimit).toBe(depth)
})

test('where nobody may set the depth it answers all the same', () => {
  Object.defineProperty(Error, 'stackTraceLimit', { value: 3, writable: false, configurable: true })
  expect(withoutStackTraces(() => 'answer')).toBe('answer')
  expect(Error.stackTraceLimit).toBe(3)
})
