import { expect, test } from 'vitest'
import { backoff, dueAt, isExpired, lifetimeOf, receiptOf, timerDelay } from '../../src/client/clock.ts'

test('a lifetime is a positive number of seconds, or unknown', () => {
  expect([300, 0.2, 1e15].map(lifetimeOf)).toEqual([300_000, 200, 1e18])
  expect([0, -5, Number.NaN, Infinity, '300', null, undefined].map(lifetimeOf)).toEqual(Array.from({ length: 7 }, () => null))
})

test('renewal is due min(30 s, a quarter) before the end, and never within a second of the last', () => {
  expect(dueAt({ at: 100, lifetime: 300_000 })).toBe(270_100)
  expect(dueAt({ at: 0, lifetime: 5000 })).toBe(3750)
  expect(dueAt({ at: 0, lifetime: 200 })).toBe(1000)
  expect(dueAt({ at: 0, lifetime: null })).toBe(Infinity)
})

test('a request that cannot be repeated is renewed for twice as early', () => {
  expect(dueAt({ at: 0, lifetime: 300_000 }, true)).toBe(240_000)
  expect(dueAt({ at: 0, lifetime: 5000 }, true)).toBe(2500)
})

test('a token is expired at its end, and never where its lifetime is unknown', () => {
  expect([4999, 5000].map((now) => isExpired({ at: 0, lifetime: 5000 }, now))).toEqual([false, true])
  expect(isExpired({ at: 0, lifetime: null }, 1e12)).toBe(false)
})

test('another tab’s receipt is as old as the wall clock says, if that makes sense', () => {
  const now = 50_000
  expect(receiptOf(1000, 300, 11_000, now)).toEqual({ at: 40_000, lifetime: 300_000 })
  for (const wall of [999, 301_000, 1e13, -1e13]) {
    const receipt = receiptOf(1000, 300, wall, now)
    expect(isExpired(receipt, now)).toBe(true)
    expect(dueAt(receipt)).toBeLessThanOrEqual(now)
  }
  expect(dueAt(receiptOf(1000, undefined, 999, now))).toBe(Infinity)
})

test('a timer is never set for longer than timers can be', () => {
  expect([5, -5, 1e18].map((at) => timerDelay(at, 0))).toEqual([5, 0, 2 ** 31 - 1])
})

test('failures in a row wait longer, at least as long as the server asks, and 30 s at most', () => {
  expect([0, 1, 2, 9, 2000].map((failures) => backoff(failures, 0, 0))).toEqual([500, 1000, 2000, 30_000, 30_000])
  expect(backoff(0, 7, 0)).toBe(7000)
  expect(backoff(0, 3600, 0)).toBe(30_000)
  expect(backoff(1, 0, 0.5)).toBe(1500)
})
