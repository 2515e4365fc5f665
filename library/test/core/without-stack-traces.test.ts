import { afterEach, expect, test } from 'vitest'
import { withoutStackTraces } from '../../src/core/without-stack-traces.ts'

const depth = Error.stackTraceLimit
afterEach(() => {
  Object.defineProperty(Error, 'stackTraceLimit', { value: depth, writable: true })
})

test('an exception inside has no stack trace, and one after it has', () => {
  const inside = withoutStackTraces(() => new Error('inside').stack)
  expect(inside).toBe('Error: inside')
  expect(new Error('after').stack).toContain('without-stack-traces.test.ts')
})

test('exceptions are passed on, and stackTraceLimit is restored', () => {
  expect(() =>
    withoutStackTraces(() => {
      throw new RangeError('no')
    }),
  ).toThrow(RangeError)
  expect(Error.stackTraceLimit).toBe(depth)
})

test('a read-only stackTraceLimit is left as it is, and the result is returned', () => {
  Object.defineProperty(Error, 'stackTraceLimit', { value: 3, writable: false, configurable: true })
  expect(withoutStackTraces(() => 'result')).toBe('result')
  expect(Error.stackTraceLimit).toBe(3)
})
