import { afterEach, expect, test } from 'vitest'
import { untraced } from '../../src/core/without-stack-traces.ts'

const depth = Error.stackTraceLimit
afterEach(() => {
  Object.defineProperty(Error, 'stackTraceLimit', { value: depth, writable: true })
})

test('an exception inside notes no calls, and one after it does', () => {
  const inside = untraced(() => new Error('inside').stack)
  expect(inside).toBe('Error: inside')
  expect(new Error('after').stack).toContain('untraced.test.ts')
})

test('what it throws is thrown, and the depth is as before', () => {
  expect(() =>
    untraced(() => {
      throw new RangeError('no')
    }),
  ).toThrow(RangeError)
  expect(Error.stackTraceLimit).toBe(depth)
})

test('where nobody may set the depth it answers all the same', () => {
  Object.defineProperty(Error, 'stackTraceLimit', { value: 3, writable: false, configurable: true })
  expect(untraced(() => 'answer')).toBe('answer')
  expect(Error.stackTraceLimit).toBe(3)
})
