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

test('a lifetime is a positive number of seconds, or has no end', () => {
  expect([300, 0.2, 1e15].map((given) => aged(0, given).lifetime)).toEqual([300_000, 200, 1e18])
  for (const odd of [0, -5, Number.NaN, Infinity, 'soon', null, undefined])
    expect(aged(0, odd).lifetime).toBe(Infinity)
})

test('renewal is due min(30 s, a quarter) before the end, and never within a second of the last', () => {
  expect(dueAt({ at: 100, lifetime: 300_000 })).toBe(270_100)
  expect(dueAt({ at: 0, lifetime: 5000 })).toBe(3750)
  expect(dueAt({ at: 0, lifetime: 200 })).toBe(1000)
  expect(dueAt({ at: 0, lifetime: Infinity })).toBe(Infinity)
})

test('a request that cannot be repeated is renewed for twice as early', () => {
  expect(dueAt({ at: 0, lifetime: 300_000 }, 2)).toBe(240_000)
  expect(dueAt({ at: 0, lifetime: 5000 }, 2)).toBe(2500)
})

test('another tab’s receipt is as old as the wall clock says, if that makes sense', () => {
  expect(aged(10_000, 300)).toEqual({ at: now() - 10_000, lifetime: 300_000 })
  for (const age of [-1, 300_000, 1e13, -1e13]) {
    const receipt = aged(age, 300)
    expect(isExpired(receipt)).toBe(true)
    expect(dueAt(receipt)).toBeLessThanOrEqual(now())
  }
})

test('what came this moment is new, whatever the wall clock says', () => {
  for (const age of [-1e13, 1e13])
    expect(receiptOf({ receivedAt: Date.now() - age, expiresIn: 300 }, true)).toEqual({
      at: now(),
      lifetime: 300_000,
    })
})

test('a token whose lifetime nobody knows is neither due nor expired, however odd its age', () => {
  for (const age of [0, 1e13, -1e13]) {
    const receipt = aged(age, undefined)
    expect([dueAt(receipt) <= now(), isExpired(receipt), dueAt(receipt) < Infinity]).toEqual([
      false,
      false,
      false,
    ])
  }
})

test('a timer is never set for longer than timers can be', () => {
  expect([5, 1e18].map((delay) => timerDelay(now() + delay))).toEqual([5, 2e9])
  expect(2e9).toBeLessThan(2 ** 31)
})

test('failures in a row wait longer, at least as long as the server asks, and 30 s at most', () => {
  expect([0, 1, 2, 9, 2000].map((failures) => backoffDelay(failures, 0, 0))).toEqual([
    4000, 8000, 16_000, 30_000, 30_000,
  ])
  expect(backoffDelay(0, 7000, 0)).toBe(7000)
  expect(backoffDelay(0, 3_600_000, 0)).toBe(30_000)
  expect(backoffDelay(1, 0, 0.5)).toBe(12_000)
})
