/** Lifetimes, due times and delays of the client, with fake clocks. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  backoffDelay,
  dueAt,
  now,
  receiptOf,
  timerDelay,
  type Receipt,
} from '../../src/client/internal/clock.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] })
  vi.advanceTimersByTime(50_000)
})
afterEach(() => vi.useRealTimers())

const aged = (age: number, expiresIn: unknown): Receipt =>
  receiptOf({ receivedAt: Date.now() - age, expiresIn })
const isExpired = ({ at, lifetime }: Receipt): boolean => at + lifetime <= now()

test('receiptOf: a lifetime is a positive number of seconds, anything else is Infinity', () => {
  expect([300, 0.2, 1e15].map((seconds) => aged(0, seconds).lifetime)).toEqual([300_000, 200, 1e18])
  for (const invalid of [0, -5, Number.NaN, Infinity, 'soon', null, undefined])
    expect(aged(0, invalid).lifetime).toBe(Infinity)
})

test('dueAt: min(30 s, a quarter) before the end, at least 1 s after the last renewal', () => {
  expect(dueAt({ at: 100, lifetime: 300_000 })).toBe(270_100)
  expect(dueAt({ at: 0, lifetime: 5000 })).toBe(3750)
  expect(dueAt({ at: 0, lifetime: 200 })).toBe(1000)
  expect(dueAt({ at: 0, lifetime: Infinity })).toBe(Infinity)
})

test('dueAt: twice as early for a body that cannot be sent again', () => {
  expect(dueAt({ at: 0, lifetime: 300_000 }, 2)).toBe(240_000)
  expect(dueAt({ at: 0, lifetime: 5000 }, 2)).toBe(2500)
})

test('receiptOf: the age by the wall clock; an impossible age counts as expired', () => {
  expect(aged(10_000, 300)).toEqual({ at: now() - 10_000, lifetime: 300_000 })
  for (const age of [-1, 300_000, 1e13, -1e13]) {
    const receipt = aged(age, 300)
    expect(isExpired(receipt)).toBe(true)
    expect(dueAt(receipt)).toBeLessThanOrEqual(now())
  }
})

test('receiptOf: a token that was just received has the age 0 by any wall clock', () => {
  for (const age of [-1e13, 1e13])
    expect(receiptOf({ receivedAt: Date.now() - age, expiresIn: 300 }, true)).toEqual({
      at: now(),
      lifetime: 300_000,
    })
})

test('receiptOf: a token of unknown lifetime is neither due nor expired at any age', () => {
  for (const age of [0, 1e13, -1e13]) {
    const receipt = aged(age, undefined)
    expect([dueAt(receipt) <= now(), isExpired(receipt), dueAt(receipt) < Infinity]).toEqual([
      false,
      false,
      false,
    ])
  }
})

test('now: goes on while the machine sleeps; a wall clock set back changes nothing', () => {
  const before = now()
  vi.setSystemTime(Date.now() + 3_600_000)
  expect(now() - before).toBeCloseTo(3_600_000, -3)
  vi.setSystemTime(Date.now() - 7_200_000)
  expect(now() - before).toBeCloseTo(3_600_000, -3)
  vi.advanceTimersByTime(5000)
  expect(now() - before).toBeCloseTo(3_605_000, -3)
})

test('timerDelay: at most what setTimeout accepts', () => {
  expect([5, 1e18].map((delay) => timerDelay(now() + delay))).toEqual([5, 2e9])
  expect(2e9).toBeLessThan(2 ** 31)
})

test('backoffDelay: grows with failures in a row; at least Retry-After, at most 30 s', () => {
  expect([0, 1, 2, 9, 2000].map((failures) => backoffDelay(failures, 0, 0))).toEqual([
    4000, 8000, 16_000, 30_000, 30_000,
  ])
  expect(backoffDelay(0, 7000, 0)).toBe(7000)
  expect(backoffDelay(0, 3_600_000, 0)).toBe(30_000)
  expect(backoffDelay(1, 0, 0.5)).toBe(12_000)
})
